/** `imagen config`: the configuration file written, shown and checked. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ConfigFault, checkConfig } from '../../../config/check-config.ts';
import { type Config, type ConfigOrigin, describeConfig } from '../../../config/index.ts';
import { CONFIG_FILE, ownConfigPath } from '../../../config/load-config.ts';
import { openApp } from '../../shared/open-app.ts';
import type { Commands } from '../commands.ts';
import { configTemplate } from '../config-template.ts';
import type { CommandContext, GlobalOptions } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { configRows } from '../output/config-rows.ts';
import { columns } from '../output/table.ts';
import { UsageError } from '../usage-error.ts';

interface InitOptions extends GlobalOptions {
  readonly project?: boolean;
}

interface CheckOptions extends GlobalOptions {
  readonly keys: boolean;
}

export function addConfig({ program, action }: Commands): void {
  const group = program.command('config').description('the configuration file: written, shown, checked');
  group
    .command('init')
    .description('writes a file to begin with, and prints its path; never overwrites one')
    .option('--project', 'into the working directory (default: your own, for all projects)')
    .action(action(init));
  group
    .command('show')
    .description('what holds and from where; keys only by the names of their variables')
    .action(action(show));
  group
    .command('check')
    .description('everything that is wrong, with line and column; exit code 3 when something is')
    .argument('[file]', 'the file (default: the one that holds)')
    .option('--no-keys', 'not whether the variables that hold keys are set')
    .action(action(check));
}

async function init({ project, json }: InitOptions, { terminal, cwd, env }: CommandContext): Promise<Exit> {
  const path = project ? join(cwd, CONFIG_FILE) : ownConfigPath(env);
  if (path === undefined) throw new UsageError('there is no home to write to', 'Set HOME, or pass --project.');
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, configTemplate(env), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new UsageError(`${path} exists already`, 'Nothing is ever overwritten: edit it, or move it away.');
    throw new UsageError(
      `cannot write to ${path}: ${code ?? 'unknown reason'}`,
      'Look at the rights of its directory.',
    );
  }
  if (json) terminal.document({ path });
  else terminal.result(path);
  if (project) {
    const own = ownConfigPath(env) ?? 'your own file';
    terminal.notice(`it holds once you trust the project: name ${cwd} in trusted_projects of ${own},`);
    terminal.notice('or set IMAGEN_TRUST_PROJECT=1');
  }
  return 'done';
}

async function show(options: GlobalOptions, context: CommandContext): Promise<Exit> {
  const { terminal, env } = context;
  await using bench = await openApp(options, context, { checkKeys: false });
  const described = describeConfig(bench.config, env);
  const pictures = bench.store?.directory;
  if (options.json) {
    terminal.document({ ...described, pictures });
    return 'done';
  }
  terminal.notice(originWords(bench.config.origin, env));
  const rows = configRows(described);
  for (const line of columns(rows, 400)) terminal.result(line);
  terminal.notice(pictures === undefined ? 'no pictures are kept' : `pictures are kept in ${pictures}`);
  return 'done';
}

export function originWords(origin: ConfigOrigin, env: CommandContext['env']): string {
  switch (origin.kind) {
    case 'none':
      return `there is no configuration file; imagen config init writes ${ownConfigPath(env) ?? 'one'}`;
    case 'explicit':
      return `from ${origin.path}, as named`;
    case 'variable':
      return `from ${origin.path}, as IMAGEN_CONFIG says`;
    case 'project':
      return `from ${origin.path}, of a project you trust`;
    case 'user':
      return `from ${origin.path}`;
    default:
      return origin satisfies never;
  }
}

async function check(file: string | undefined, options: CheckOptions, context: CommandContext): Promise<Exit> {
  const { terminal, cwd, env } = context;
  const path = file ?? options.config;
  const found = await checkConfig({ path, directory: cwd, env, checkKeys: options.keys });
  const faults = found.isSound ? [] : found.faults;
  const notices = found.isSound ? found.config.notices : [];
  const where = found.isSound ? pathOf(found.config) : found.path;
  for (const notice of notices) terminal.notice(`note: ${notice}`);
  if (options.json) terminal.document({ path: where ?? null, isSound: found.isSound, faults, notices });
  else for (const fault of faults) terminal.result(faultLine(where ?? '', fault));
  if (!found.isSound) {
    terminal.notice(`${where}: ${faults.length === 1 ? '1 fault' : `${faults.length} faults`}`);
    return 'configuration';
  }
  terminal.notice(where === undefined ? originWords(found.config.origin, env) : `${where}: nothing is wrong`);
  return 'done';
}

const pathOf = ({ origin }: Config): string | undefined => (origin.kind === 'none' ? undefined : origin.path);

/** As compilers say it, so that editors jump to the place. */
export function faultLine(path: string, { line, column, message, hint }: ConfigFault): string {
  return `${path}:${line}:${column}: ${message}${hint === undefined ? '' : `. ${hint}`}`;
}
