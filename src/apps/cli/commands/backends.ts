/** `imagen backends`: which backends are available, what they can do, and whether they are healthy. */
import { describeSettings } from '../../../config/describe-settings.ts';
import { COMMON_KEYS } from '../../../config/file/backend-keys.ts';
import type { Config, Environment } from '../../../config/index.ts';
import type { AiImageErrorCode } from '../../../index.ts';
import { quoteName } from '../../../providers/protocol/input/hide-keys.ts';
import { registry, suggest } from '../../../providers/registry.ts';
import { AppError } from '../../shared/app-error.ts';
import { checkUsability, listModels, loadDefinition } from '../../shared/backend-models.ts';
import { checkHealth, type HealthReport } from '../../shared/check-health.ts';
import { type Backend, findBackend, listBackends } from '../../shared/list-backends.ts';
import type { CommandContext, CommandSetup, GlobalOptions } from '../context.ts';
import { type Exit, exitOf } from '../exit-codes.ts';
import { openCommandApp } from '../open-command-app.ts';
import { alignColumns, withHeader } from '../output/tables/align-columns.ts';
import {
  abilitiesOf,
  BACKEND_TITLES,
  backendRow,
  describeBackend,
  settingText,
  stateText,
} from '../output/tables/backend-rows.ts';
import { healthRow } from '../output/tables/health-rows.ts';
import { editsText, lifecycleText, priceText, sizesText } from '../output/tables/model-texts.ts';
import { UsageError } from '../usage-error.ts';

interface ListOptions extends GlobalOptions {
  readonly all?: boolean;
}

interface HealthOptions extends GlobalOptions {
  readonly timeout: string;
}

const SUBCOMMANDS = ['list', 'health', 'show'];

export function addBackends({ command, action }: CommandSetup): void {
  command
    .command('list', { isDefault: true })
    .description('list the configured backends, or else the providers whose key is set; sends nothing')
    .argument('[name...]', 'only these backends')
    .option('--all', 'every provider, with the environment variable of its key')
    .action(action(list));
  command
    .command('health')
    .description('check whether each backend answers and accepts its key; costs nothing')
    .argument('[name...]', 'only these backends (default: those of imagen backends)')
    .option('--timeout <seconds>', 'time limit for each backend, 1 to 300', '15')
    .action(action(health));
  command
    .command('show')
    .description('show the models, settings and abilities of a backend; sends nothing')
    .argument('<name>', 'backend of the configuration, or provider id')
    .action(action(show));
}

async function list(names: readonly string[], options: ListOptions, context: CommandContext): Promise<Exit> {
  const { terminal, env, isTerminal } = context;
  await using app = await openCommandApp({ ...options, store: false }, context, { checkKeys: false });
  const backends =
    names.length > 0
      ? names.map((name) => findBackendOrCommand(name, app.config, env))
      : listBackends(app.config, env, options.all);
  const described = await Promise.all(backends.map((backend) => describeBackend(backend, env)));
  if (options.json) {
    terminal.document({ backends: described });
    return 'done';
  }
  if (!options.all && names.length === 0 && backends.every(({ name }) => name === 'stub'))
    terminal.notice('no API key is set, so only the offline stub is available. To see all: imagen backends --all');
  for (const line of alignColumns(withHeader(BACKEND_TITLES, described.map(backendRow), isTerminal)))
    terminal.result(line);
  if (!described.some(({ isDefault }) => isDefault) && names.length === 0)
    terminal.notice('several keys are set and there is no default. Use --provider or set AI_IMAGE_PROVIDER.');
  return 'done';
}

/** The argument may also be a misspelt subcommand. */
function findBackendOrCommand(name: string, config: Config, env: Environment): Backend {
  try {
    return findBackend(name, config, env);
  } catch (error) {
    const suggestion = suggest(name, SUBCOMMANDS);
    if (error instanceof AppError && suggestion !== undefined)
      throw new UsageError(`there is no command or backend ${quoteName(name)}`, suggestion);
    throw error;
  }
}

async function health(names: readonly string[], options: HealthOptions, context: CommandContext): Promise<Exit> {
  const { terminal, env, signal } = context;
  const deadlineMs = readTimeout(options.timeout) * 1000;
  await using app = await openCommandApp({ ...options, store: false }, context, { checkKeys: false });
  const backends =
    names.length > 0
      ? names.map((name) => findBackend(name, app.config, env))
      : await withoutUnusableOptional(listBackends(app.config, env), context);
  const [first] = backends;
  const progress = terminal.startProgress(
    `checking ${backends.length === 1 ? first?.name : `${backends.length} backends`}`,
  );
  const reports = await checkHealth(backends, { env, signal, deadlineMs }).finally(() => progress.stop());
  if (options.json) terminal.document({ backends: reports.map(({ health: each, ...rest }) => ({ ...rest, ...each })) });
  else for (const line of alignColumns(reports.map(healthRow))) terminal.result(line);
  return exitOfReports(reports);
}

async function withoutUnusableOptional(backends: readonly Backend[], { env, terminal }: CommandContext) {
  const kept: Backend[] = [];
  for (const backend of backends) {
    const usability = backend.config.isOptional ? await checkUsability(backend, env) : undefined;
    if (usability === undefined || usability.isUsable) kept.push(backend);
    else terminal.notice(`note: the optional backend ${backend.name} is left out: ${usability.reason}`);
  }
  return kept;
}

/** A failure that the user must fix comes before one that may pass. A slow health check charged nothing, so nothing is in doubt. */
function exitOfReports(reports: readonly HealthReport[]): Exit {
  const exits = reports.flatMap(({ health: { status, ...rest } }): Exit[] => {
    if (status !== 'failing') return [];
    // The cast is safe because our providers use only codes of the closed list; the protocol allows any code here.
    const exit = exitOf((rest as { code: string }).code as AiImageErrorCode) ?? 'unavailable';
    return [exit === 'doubtful' || exit === 'refused' || exit === 'usage' ? 'unavailable' : exit];
  });
  const order: readonly Exit[] = ['interrupted', 'configuration', 'storage', 'money', 'internal', 'unavailable'];
  return order.find((exit) => exits.includes(exit)) ?? 'done';
}

function readTimeout(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== '' && seconds >= 1 && seconds <= 300) return seconds;
  throw new UsageError(
    `invalid --timeout ${quoteName(text, 40)}`,
    'Use a number of seconds from 1 to 300, for example --timeout 15.',
  );
}

async function show(name: string, options: GlobalOptions, context: CommandContext): Promise<Exit> {
  const { terminal, env } = context;
  await using app = await openCommandApp({ ...options, store: false }, context, { checkKeys: false });
  const backend = findBackend(name, app.config, env);
  const [described, { models, defaultModel }, settings, definition] = await Promise.all([
    describeBackend(backend, env),
    listModels(backend, env),
    describeSettings(backend.type),
    loadDefinition(backend.type),
  ]);
  const { aliases } = registry[backend.type].about;
  const abilities = abilitiesOf(definition, Object.values(models));
  if (options.json) {
    terminal.document({ ...described, aliases, abilities, settings, models });
    return 'done';
  }
  const summary = [
    ['name', described.name],
    ['provider', `${described.type}: ${described.title}`],
    ...(aliases.length > 0 ? [['aliases', aliases.join(', ')]] : []),
    ['state', stateText(described)],
    ...Object.entries(abilities).map(([ability, value]) => [
      ability,
      Array.isArray(value) ? value.join(', ') || 'none' : value ? 'yes' : 'no',
    ]),
  ];
  const settingRows = [
    ...settings.map((setting) => [`  ${setting.key}`, settingText(setting)]),
    ['  for every backend', COMMON_KEYS.join(', ')],
  ];
  const today = new Date().toISOString().slice(0, 10);
  const modelRows = Object.entries(models).map(([id, card]) => [
    `  ${id}`,
    sizesText(card.sizes),
    editsText(card),
    priceText(card.pricing),
    [id === defaultModel ? 'default' : '', lifecycleText(card, today)].filter((each) => each !== '').join(', '),
  ]);
  const lines = [
    ...alignColumns(summary as string[][], 400),
    ...['', 'settings in imagen.yaml', ...alignColumns(settingRows)],
    ...['', 'models', ...alignColumns(modelRows)],
  ];
  for (const line of lines) terminal.result(line);
  return 'done';
}
