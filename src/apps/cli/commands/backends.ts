/** `imagen backends`: who can be asked, what they can do, and whether they are well. */
import { type DescribedSetting, describeSettings } from '../../../config/describe-settings.ts';
import { type AiImageErrorCode, type Health, isAiImageError, type ModelCard } from '../../../index.ts';
import type { ProviderDefinition } from '../../../providers/kit/adapter/definition.ts';
import { registry, suggest } from '../../../providers/registry.ts';
import {
  type Backend,
  definitionOf,
  findBackend,
  listBackends,
  makeProvider,
  modelsOf,
  type Usability,
  usabilityOf,
} from '../../shared/backends.ts';
import { openApp } from '../../shared/open-app.ts';
import type { Commands } from '../commands.ts';
import type { CommandContext, GlobalOptions } from '../context.ts';
import { type Exit, exitOf } from '../exit-codes.ts';
import { can, editWords, lifeWords, priceWords, sizeWords } from '../output/format-model.ts';
import { columns, titled } from '../output/table.ts';
import { UsageError } from '../usage-error.ts';

interface ListOptions extends GlobalOptions {
  readonly all?: boolean;
}

interface HealthOptions extends GlobalOptions {
  readonly timeout: string;
}

const SUBCOMMANDS = ['list', 'health', 'show'];

export function addBackends({ program, action }: Commands): void {
  const group = program.command('backends').description('who can be asked for pictures, and whether they are well');
  group
    .command('list', { isDefault: true })
    .description('the backends of the configuration, or without any the providers whose key is set; makes no call')
    .argument('[name...]', 'only these')
    .option('--all', 'every provider there is, with the variable its key is read from')
    .action(action(list));
  group
    .command('health')
    .description('asks each whether it answers and knows the key; costs nothing')
    .argument('[name...]', 'only these (default: those of imagen backends)')
    .option('--timeout <seconds>', 'how long each is waited for, 1 to 300', '15')
    .action(action(health));
  group
    .command('show')
    .description('models, settings and abilities of one; makes no call')
    .argument('<name>', 'a backend of the configuration, or a provider’s id')
    .action(action(show));
}

async function list(names: readonly string[], options: ListOptions, context: CommandContext): Promise<Exit> {
  const { terminal, env, isTerminal } = context;
  await using bench = await openApp({ ...options, store: false }, context, { checkKeys: false });
  const backends =
    names.length > 0
      ? names.map((name) => namedBackend(name, bench.config, env))
      : listBackends(bench.config, env, options.all);
  const described = await Promise.all(backends.map((backend) => describe(backend, env)));
  if (options.json) {
    terminal.document({ backends: described });
    return 'done';
  }
  if (!options.all && names.length === 0 && backends.every(({ name }) => name === 'stub'))
    terminal.notice('no key is set, so the stub draws, offline. imagen backends --all says who else there is.');
  const rows = titled(['name', 'provider', 'model', 'key', 'state'], described.map(toRow), isTerminal);
  for (const line of columns(rows)) terminal.result(line);
  if (!described.some(({ isDefault }) => isDefault) && names.length === 0)
    terminal.notice('keys of several are set and none is the default: name one with --provider or AI_IMAGE_PROVIDER');
  return 'done';
}

/** A word that is no backend may be a subcommand, misspelt. */
function namedBackend(name: string, ...more: [Parameters<typeof findBackend>[1], Parameters<typeof findBackend>[2]]) {
  try {
    return findBackend(name, ...more);
  } catch (error) {
    const near = suggest(name, SUBCOMMANDS);
    if (error instanceof UsageError && near !== undefined)
      throw new UsageError(`there is no command or backend ${JSON.stringify(name.slice(0, 60))}`, near);
    throw error;
  }
}

type Described = Awaited<ReturnType<typeof describe>>;

async function describe(backend: Backend, env: CommandContext['env']) {
  const { name, type, isConfigured, isDefault, config } = backend;
  const { about } = registry[type];
  const [{ defaultModel }, usability] = await Promise.all([modelsOf(backend, env), usabilityOf(backend, env)]);
  const usual: readonly string[] = about.auth.kind === 'none' ? [] : about.auth.env;
  return {
    ...{ name, type, title: about.title, isConfigured, isDefault, isOptional: config.isOptional },
    model: defaultModel,
    /** Names of variables, never what they hold. */
    keyVariables: config.variables.apiKey === undefined ? usual : [config.variables.apiKey],
    ...usability,
  };
}

function toRow({ name, type, title, model, keyVariables, isDefault, isOptional, ...usability }: Described) {
  const state = stateWords(usability, isOptional);
  return [
    name,
    name === type ? title : `${type} (${title})`,
    model,
    keyVariables[0] ?? 'no key',
    isDefault ? `${state}, default` : state,
  ];
}

function stateWords(usability: Usability, isOptional: boolean): string {
  if (usability.isUsable) return 'usable';
  return `not usable: ${usability.reason}${isOptional ? ' (optional, left out)' : ''}`;
}

/** Who is asked, and what came back. */
export interface HealthReport {
  readonly name: string;
  readonly type: string;
  readonly health: Health;
}

/** All at once. Costs nothing. Throws nothing for one that fails. */
export function checkHealth(
  backends: readonly Backend[],
  { env, signal }: Pick<CommandContext, 'env' | 'signal'>,
  deadlineMs: number,
): Promise<readonly HealthReport[]> {
  return Promise.all(
    backends.map(async (backend) => {
      const { name, type } = backend;
      try {
        const usability = await usabilityOf(backend, env);
        if (!usability.isUsable) return { name, type, health: failing('not_configured', usability.reason) };
        const provider = await makeProvider(backend, env);
        const health = await provider.healthCheck({ signal, deadlineMs });
        await provider.close();
        return { name, type, health };
      } catch (error) {
        if (!isAiImageError(error)) throw error;
        return { name, type, health: failing(error.code, error.message) };
      }
    }),
  );
}

const failing = (code: string, message: string): Health => ({ status: 'failing', latencyMs: 0, code, message });

async function health(names: readonly string[], options: HealthOptions, context: CommandContext): Promise<Exit> {
  const { terminal, env } = context;
  const deadlineMs = readTimeout(options.timeout) * 1000;
  await using bench = await openApp({ ...options, store: false }, context, { checkKeys: false });
  const wanted =
    names.length > 0 ? names.map((name) => findBackend(name, bench.config, env)) : listBackends(bench.config, env);
  const asked = names.length > 0 ? wanted : await withoutLeftOut(wanted, context);
  const progress = terminal.working(`asking ${asked.length === 1 ? asked[0]?.name : `${asked.length} backends`}`);
  const reports = await checkHealth(asked, context, deadlineMs).finally(() => progress.stop());
  if (options.json) terminal.document({ backends: reports.map(({ health: each, ...who }) => ({ ...who, ...each })) });
  else for (const line of columns(reports.map(healthRow))) terminal.result(line);
  return exitOfReports(reports);
}

async function withoutLeftOut(backends: readonly Backend[], { env, terminal }: CommandContext) {
  const kept: Backend[] = [];
  for (const backend of backends) {
    const usability = backend.config.isOptional ? await usabilityOf(backend, env) : undefined;
    if (usability === undefined || usability.isUsable) kept.push(backend);
    else terminal.notice(`note: ${backend.name} is optional and left out: ${usability.reason}`);
  }
  return kept;
}

export function healthRow({ name, type, health: found }: HealthReport): readonly string[] {
  const who = [name, type];
  switch (found.status) {
    case 'ok':
      return [...who, 'healthy', `${found.latencyMs} ms`];
    case 'failing':
      return [...who, 'failing', `${found.message} (${found.code})`];
    case 'unknown':
      return [...who, 'unknown', found.message];
    default:
      return found satisfies never;
  }
}

/** What a person has to mend counts before what time may mend. Nothing was at stake: what took too long is not in doubt. */
function exitOfReports(reports: readonly HealthReport[]): Exit {
  const exits = reports.flatMap(({ health: { status, ...rest } }): Exit[] => {
    if (status !== 'failing') return [];
    // A border: the protocol leaves the code of a health check open, and ours come from the closed list.
    const exit = exitOf((rest as { code: string }).code as AiImageErrorCode) ?? 'unavailable';
    return [exit === 'doubtful' || exit === 'refused' || exit === 'usage' ? 'unavailable' : exit];
  });
  const order: readonly Exit[] = ['interrupted', 'configuration', 'money', 'internal', 'unavailable'];
  return order.find((exit) => exits.includes(exit)) ?? 'done';
}

function readTimeout(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== '' && seconds >= 1 && seconds <= 300) return seconds;
  throw new UsageError(
    `--timeout ${text.slice(0, 40)} is not a number of seconds from 1 to 300`,
    'Pass for example --timeout 15.',
  );
}

async function show(name: string, options: GlobalOptions, context: CommandContext): Promise<Exit> {
  const { terminal, env } = context;
  await using bench = await openApp({ ...options, store: false }, context, { checkKeys: false });
  const backend = findBackend(name, bench.config, env);
  const [described, { models, defaultModel }, settings, definition] = await Promise.all([
    describe(backend, env),
    modelsOf(backend, env),
    describeSettings(backend.type),
    definitionOf(backend.type),
  ]);
  const { aliases } = registry[backend.type].about;
  const abilities = abilitiesOf(definition, Object.values(models));
  if (options.json) {
    terminal.document({ ...described, aliases, abilities, settings, models });
    return 'done';
  }
  const today = new Date().toISOString().slice(0, 10);
  const { isUsable: _, ...rest } = described;
  const state = stateWords(described, rest.isOptional);
  const heads = [
    ['name', described.name],
    ['provider', `${described.type}: ${described.title}`],
    ...(aliases.length > 0 ? [['also called', aliases.join(', ')]] : []),
    ['state', described.isDefault ? `${state}, default` : state],
    ...Object.entries(abilities).map(([what, words]) => [
      what,
      Array.isArray(words) ? words.join(', ') || 'none' : words ? 'yes' : 'no',
    ]),
  ];
  for (const line of columns(heads as string[][], 400)) terminal.result(line);
  terminal.result('');
  terminal.result('settings in imagen.yaml');
  const rows = settings.map((setting) => [`  ${setting.key}`, settingWords(setting)]);
  for (const line of columns([
    ...rows,
    ['  base_url, headers, deadline_ms, …', 'as for every backend, see docs/configuration.md'],
  ]))
    terminal.result(line);
  terminal.result('');
  terminal.result('models');
  const cards = Object.entries(models).map(([id, card]) => [
    `  ${id}`,
    sizeWords(card.sizes),
    editWords(card),
    priceWords(card.pricing),
    [id === defaultModel ? 'default' : '', lifeWords(card, today)].filter((each) => each !== '').join(', '),
  ]);
  for (const line of columns(cards)) terminal.result(line);
  return 'done';
}

/** What at least one of its models can do, and what the vendor offers besides. */
function abilitiesOf(definition: ProviderDefinition, cards: readonly ModelCard[]) {
  const { job, webhook, stream, line, quote, health: question } = definition;
  const some = (ability: Parameters<typeof can>[1]) => cards.some((card) => can(card, ability));
  return {
    operations: [...new Set(cards.flatMap(({ edit }) => edit?.operations ?? []))],
    sizes: [...new Set(cards.map(({ sizes }) => sizes.kind))],
    formats: [...new Set(cards.flatMap(({ formats }) => formats))],
    seed: some('seed'),
    masks: some('mask'),
    transparent: some('transparent'),
    jobs: job !== undefined,
    webhooks: webhook !== undefined,
    partials: stream !== undefined || line !== undefined,
    quotes: quote !== undefined,
    health: question !== undefined,
  };
}

function settingWords({ isSecret, schema, variables }: DescribedSetting): string {
  const from = variables.length > 0 ? ` (else ${variables.join(' or ')})` : '';
  return `${isSecret ? 'the name of a variable' : valueWords(schema)}${from}`;
}

/** JSON Schema in two words. */
function valueWords({ enum: values, anyOf, type, format }: Readonly<Record<string, unknown>>): string {
  if (Array.isArray(values)) return values.join(', ');
  if (Array.isArray(anyOf)) return anyOf.map(valueWords).join(' or ');
  switch (type) {
    case 'integer':
      return 'a whole number';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true, false';
    case 'array':
      return 'a list';
    case 'object':
      return 'a group of keys';
    default:
      return format === 'uri' ? 'an address' : 'a text';
  }
}
