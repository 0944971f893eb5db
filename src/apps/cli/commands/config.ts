/** `imagen config`: writes, shows and checks the configuration file. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkConfig } from '../../../config/check-config.ts';
import { type Config, describeConfig } from '../../../config/index.ts';
import { CONFIG_FILE, userConfigPath } from '../../../config/load-config.ts';
import { describeSystemError } from '../../../store/files/system-error.ts';
import { configTemplate } from '../config-template.ts';
import type { CommandContext, CommandSetup, GlobalOptions } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { toFileError } from '../file-error.ts';
import { openCommandApp } from '../open-command-app.ts';
import { alignColumns } from '../output/tables/align-columns.ts';
import { faultLine, originText } from '../output/tables/config-lines.ts';
import { configRows } from '../output/tables/config-rows.ts';
import { UsageError } from '../usage-error.ts';

interface InitOptions extends GlobalOptions {
  readonly project?: boolean;
}

interface CheckOptions extends GlobalOptions {
  readonly keys: boolean;
}

export function addConfig({ command, action }: CommandSetup): void {
  command
    .command('init')
    .description('write a commented configuration file and print its path; never overwrites a file')
    .option('--project', 'in the current directory (default: in your home directory, for all projects)')
    .action(action(init));
  command
    .command('show')
    .description('show the configuration in use and where it comes from; keys appear as variable names only')
    .action(action(show));
  command
    .command('check')
    .description('list every error with its line and column; exit code 3 if there is one')
    .argument('[file]', 'configuration file (default: the one in use)')
    .option('--no-keys', 'do not check whether the environment variables of keys are set')
    .action(action(check));
}

async function init({ project, json }: InitOptions, { terminal, cwd, env }: CommandContext): Promise<Exit> {
  const path = project ? join(cwd, CONFIG_FILE) : userConfigPath(env);
  if (path === undefined) throw new UsageError('there is no home directory', 'Set HOME, or use --project.');
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, configTemplate(env), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new UsageError(`${path} already exists`, 'It is not overwritten. Edit it, or move it away.');
    throw toFileError(
      `cannot write ${path}: ${describeSystemError(error)}`,
      'Check the permissions and the free space of its directory.',
      error,
    );
  }
  if (json) terminal.document({ path });
  else terminal.result(path);
  if (project) {
    const own = userConfigPath(env) ?? 'your own configuration file';
    terminal.notice(`the file is used once you trust the project: add ${cwd} to trusted_projects in ${own},`);
    terminal.notice('or set IMAGEN_TRUST_PROJECT=1');
  }
  return 'done';
}

async function show(options: GlobalOptions, context: CommandContext): Promise<Exit> {
  const { terminal, env } = context;
  await using app = await openCommandApp(options, context, { checkKeys: false });
  const described = describeConfig(app.config, env);
  const directory = app.store?.directory;
  if (options.json) {
    terminal.document({ ...described, imagesDirectory: directory });
    return 'done';
  }
  terminal.notice(originText(app.config.origin, env));
  for (const line of alignColumns(configRows(described), 400)) terminal.result(line);
  terminal.notice(directory === undefined ? 'images are not stored' : `images are stored in ${directory}`);
  return 'done';
}

async function check(file: string | undefined, options: CheckOptions, context: CommandContext): Promise<Exit> {
  const { terminal, cwd, env } = context;
  const path = file ?? options.config;
  const found = await checkConfig({ path, directory: cwd, env, checkKeys: options.keys });
  const faults = found.isValid ? [] : found.problems;
  const notices = found.isValid ? found.config.notices : [];
  const where = found.isValid ? pathOf(found.config) : found.path;
  for (const notice of notices) terminal.notice(`note: ${notice}`);
  if (options.json) terminal.document({ path: where ?? null, isSound: found.isValid, faults, notices });
  else for (const fault of faults) terminal.result(faultLine(where ?? '', fault));
  if (!found.isValid) {
    terminal.notice(`${where}: ${faults.length === 1 ? '1 error' : `${faults.length} errors`}`);
    return 'configuration';
  }
  terminal.notice(where === undefined ? originText(found.config.origin, env) : `${where}: no errors`);
  return 'done';
}

const pathOf = ({ origin }: Config): string | undefined => (origin.kind === 'none' ? undefined : origin.path);
