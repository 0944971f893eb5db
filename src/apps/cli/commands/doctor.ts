/** `imagen doctor`: whether everything is as it has to be, and what to do where it is not. */
import packageJson from '../../../../package.json' with { type: 'json' };
import { checkConfig } from '../../../config/check-config.ts';
import { listBackends } from '../../shared/backends.ts';
import { openApp } from '../../shared/open-app.ts';
import type { Commands } from '../commands.ts';
import type { CommandContext, GlobalOptions } from '../context.ts';
import {
  clockFindings,
  configFindings,
  type DoctorFinding,
  findings,
  keyFindings,
  nodeFinding,
  packageFindings,
  storeFindings,
  terminalFinding,
} from '../doctor/checks.ts';
import type { Exit } from '../exit-codes.ts';
import { checkHealth, healthRow } from './backends.ts';

interface DoctorOptions extends GlobalOptions {
  readonly online?: boolean;
}

const HEALTH_MS = 15_000;

export function addDoctor({ program, action }: Commands): void {
  program
    .command('doctor')
    .description('looks whether everything is as it has to be; exit code 3 where something will not work')
    .option('--online', 'asks the vendors too, whether they answer and know the keys; costs nothing')
    .action(action(doctor));
}

async function doctor(options: DoctorOptions, context: CommandContext): Promise<Exit> {
  const { terminal, env } = context;
  const found: DoctorFinding[] = [];
  const add = (more: readonly DoctorFinding[]) => {
    found.push(...more);
    if (!options.json) for (const each of more) terminal.result(lineOf(each));
  };
  add([nodeFinding(process.versions.node, packageJson.engines.node)]);
  await look(options, context, add);
  add(packageFindings(import.meta.url));
  add([terminalFinding(env)]);
  const faults = found.filter(({ state }) => state === 'fault').length;
  if (options.json) terminal.document({ isSound: faults === 0, findings: found });
  else terminal.notice(faults === 0 ? 'nothing is wrong' : faults === 1 ? '1 fault' : `${faults} faults`);
  return faults === 0 ? 'done' : 'configuration';
}

/** What depends on the configuration: where it is wrong, the rest cannot be told. */
async function look(
  options: DoctorOptions,
  context: CommandContext,
  add: (more: readonly DoctorFinding[]) => void,
): Promise<void> {
  const { env, cwd, terminal } = context;
  let isSound = false;
  const file = await findings('configuration', async () => {
    // Whether keys are set is told of each backend.
    const found = await checkConfig({ path: options.config, directory: cwd, env, checkKeys: false });
    ({ isSound } = found);
    return configFindings(found, env);
  });
  add(file);
  if (!isSound) {
    add(clockFindings(new Date().toISOString()));
    return;
  }
  const quiet = { ...context, terminal: { ...terminal, notice: () => undefined } };
  let opened: Awaited<ReturnType<typeof openApp>> | undefined;
  add(
    await findings('store', async () => {
      opened = await openApp(options, quiet, { checkKeys: false });
      return [];
    }),
  );
  if (opened === undefined) return;
  await using bench = opened;
  add(await keyFindings(bench.config, env));
  add(await findings('store', () => storeFindings(bench)));
  if (options.online) {
    const progress = terminal.working('asking the vendors');
    const reports = await checkHealth(listBackends(bench.config, env), context, HEALTH_MS).finally(() =>
      progress.stop(),
    );
    add(reports.map(toFinding));
  }
}

function toFinding(report: Awaited<ReturnType<typeof checkHealth>>[number]): DoctorFinding {
  const [name, , state, more] = healthRow(report);
  const states = { ok: 'ok', unknown: 'note', failing: 'fault' } as const;
  return { about: 'online', state: states[report.health.status], message: `${name} is ${state}: ${more}` };
}

function lineOf({ state, about, message, hint }: DoctorFinding): string {
  return `${state.padEnd(5)}  ${about.padEnd(13)}  ${message}${hint === undefined ? '' : `. ${hint}`}`;
}
