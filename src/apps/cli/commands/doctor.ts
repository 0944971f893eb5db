/** `imagen doctor`: checks the setup and says how to fix it. */
import packageJson from '../../../../package.json' with { type: 'json' };
import { checkConfig } from '../../../config/check-config.ts';
import { checkHealth, type HealthReport } from '../../shared/check-health.ts';
import { listBackends } from '../../shared/list-backends.ts';
import type { CommandContext, CommandSetup, GlobalOptions } from '../context.ts';
import { serveFindings } from '../doctor/check-serve.ts';
import { configFindings, keyFindings, nodeFinding, packageFindings, terminalFinding } from '../doctor/check-setup.ts';
import { clockFindings, storeFindings } from '../doctor/check-store.ts';
import { sinkFaults } from '../doctor/check-usage.ts';
import { collectFindings, type DoctorFinding } from '../doctor/finding.ts';
import type { Exit } from '../exit-codes.ts';
import { openCommandApp } from '../open-command-app.ts';
import { healthRow } from '../output/tables/health-rows.ts';

interface DoctorOptions extends GlobalOptions {
  readonly online?: boolean;
}

const HEALTH_TIMEOUT_MS = 15_000;

export function addDoctor({ command, action }: CommandSetup): void {
  command
    .option('--online', 'also check whether the vendors answer and accept the keys; costs nothing')
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
  await checkConfigured(options, context, add);
  add(packageFindings(import.meta.url));
  add([terminalFinding(env)]);
  const faults = found.filter(({ state }) => state === 'fault').length;
  if (options.json) terminal.document({ isSound: faults === 0, findings: found });
  else terminal.notice(faults === 0 ? 'no problems found' : faults === 1 ? '1 problem' : `${faults} problems`);
  return faults === 0 ? 'done' : 'configuration';
}

/** Checks what depends on the configuration. With an invalid one, only the clock is checked besides. */
async function checkConfigured(
  options: DoctorOptions,
  context: CommandContext,
  add: (more: readonly DoctorFinding[]) => void,
): Promise<void> {
  const { env, cwd, terminal, signal } = context;
  let isSound = false;
  const file = await collectFindings('configuration', async () => {
    // Missing keys are reported for each backend.
    const found = await checkConfig({ path: options.config, directory: cwd, env, checkKeys: false });
    isSound = found.isValid;
    return configFindings(found, env);
  });
  add(file);
  if (!isSound) {
    add(clockFindings(new Date().toISOString()));
    return;
  }
  const quiet = { ...context, terminal: { ...terminal, notice: () => undefined } };
  let opened: Awaited<ReturnType<typeof openCommandApp>> | undefined;
  add(
    await collectFindings('store', async () => {
      opened = await openCommandApp(options, quiet, { checkKeys: false });
      return [];
    }),
  );
  if (opened === undefined) return;
  await using app = opened;
  add(await keyFindings(app.config, env));
  add(await collectFindings('store', () => storeFindings(app)));
  add(sinkFaults(app, context));
  add(await serveFindings(app.config, env));
  if (options.online) {
    const progress = terminal.startProgress('checking the vendors');
    const settings = { env, signal, deadlineMs: HEALTH_TIMEOUT_MS };
    const reports = await checkHealth(listBackends(app.config, env), settings).finally(() => progress.stop());
    add(reports.map(toFinding));
  }
}

function toFinding(report: HealthReport): DoctorFinding {
  const [name, , state, more] = healthRow(report);
  const states = { ok: 'ok', unknown: 'note', failing: 'fault' } as const;
  return { about: 'online', state: states[report.health.status], message: `${name} is ${state}: ${more}` };
}

function lineOf({ state, about, message, hint }: DoctorFinding): string {
  return `${state.padEnd(5)}  ${about.padEnd(13)}  ${message}${hint === undefined ? '' : `. ${hint}`}`;
}
