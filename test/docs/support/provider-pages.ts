/** Writes the pages in docs/providers/ from the registry: what each provider and model can do, what it costs, and an example. */
import * as z from 'zod/mini';
import type { ProviderDefinition } from '../../../src/providers/kit/adapter/provider-definition.ts';
import type { ImagePrice, ModelCard, Pricing, SizeRule } from '../../../src/providers/protocol/index.ts';

export interface ProviderFacts {
  readonly definition: ProviderDefinition;
  /** Settings that the provider requires. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The hand-written page, if there is one; relative to `docs/providers/`. */
  readonly guide?: string | undefined;
}

const GENERATED =
  '<!-- Generated from the model cards by `UPDATE_DOCS=1 npx vitest run test/docs`. Edit the model cards, not this page. -->';
/** The most sizes a table lists by name. */
const SIZES_SHOWN = 6;
const STYLES_SHOWN = 8;

export function indexPage(providers: readonly ProviderFacts[]): string {
  const rows = providers.map(
    ({ definition: { about, models, defaultModel, job, quote, webhook, stream, jobWebSocket: line } }) => [
      `[${about.title}](${about.id}.md)`,
      code([about.id, ...about.aliases]),
      about.auth.kind === 'none' ? 'none' : code([about.auth.env[0] ?? '']),
      code([defaultModel]),
      operationsOf(models).join(', ') || '–',
      [job && 'jobs', webhook && 'webhooks', (stream ?? line) && 'previews', quote && 'quotes']
        .filter(Boolean)
        .join(', ') || '–',
    ],
  );
  return page(
    '# Providers',
    GENERATED,
    'Each provider has a page. Prices come from the source that the model card names, with its date. If a vendor reports the cost of a call, that cost is used instead.',
    table(['Vendor', 'Names', 'Key', 'Default model', 'Edit operations', 'Also supports'], rows),
    '[Add a provider](../add-a-provider.md)',
  );
}

export function providerPage({ definition, settings, guide }: ProviderFacts): string {
  const { about, models } = definition;
  const names = about.aliases.length === 0 ? '' : ` Aliases: ${code(about.aliases)}.`;
  return page(
    `# ${about.title}`,
    GENERATED,
    `Id: \`${about.id}\`.${names}`,
    fence(exampleFor({ definition, settings })),
    guide === undefined ? '' : `Setup, recipes and errors: [${guide.replace('../', 'docs/')}](${guide}).`,
    '## Settings',
    settingsOf(definition),
    limitsOf(definition),
    '## Models',
    table(
      ['Model', 'Sizes', 'Formats', 'n', 'Seed', 'Negative prompt', 'Quality', 'Styles', 'Edits', 'Price'],
      Object.entries(models).map(([id, card]) => modelRow(id, card, definition)),
    ),
    '*n* is the maximum number of images in one request; for more images, further requests are sent. Prices are in US dollars per image.',
    ...section('Options', optionsOf(definition)),
    '## Sources',
    sourcesOf(models),
  );
}

/** The example at the top of a page. A test plans it. */
export function exampleFor({ definition: { about, models, defaultModel }, settings }: ProviderFacts): string {
  const given = Object.keys(settings).length === 0 ? '' : `, ${JSON.stringify(settings, null, 2)}`;
  const size = models[defaultModel]?.sizes.kind === 'none' ? '' : ", size: 'landscape'";
  const key = about.auth.kind === 'none' ? '' : ` // reads ${about.auth.env[0]}`;
  return [
    "import { getProvider } from '@org/ai-image';",
    '',
    `const provider = getProvider('${about.id}'${given});${key}`,
    `const { images, cost } = await provider.generate({ prompt: 'a red fox in the snow'${size} });`,
  ].join('\n');
}

function settingsOf({ about, settingsSchema }: ProviderDefinition): string {
  const env: Readonly<Record<string, readonly string[]>> = {
    ...(about.auth.kind !== 'none' && { apiKey: about.auth.env }),
    ...about.env,
  };
  const own = settingsSchema === undefined ? [] : Object.keys(propertiesOf(settingsSchema));
  const names = [...new Set([...Object.keys(env), ...own])];
  if (names.length === 0) return 'Only the [settings of every provider](../guide.md#cancel-a-call-or-limit-its-time).';
  const rows = names.map((name) => [code([name]), env[name] === undefined ? '–' : code(env[name])]);
  return `${table(['Setting', 'From the environment'], rows)}\n\nIt also accepts the [settings of every provider](../guide.md#cancel-a-call-or-limit-its-time).`;
}

/** Describes the adapter's default limits. */
function limitsOf({ limits = {} }: ProviderDefinition): string {
  const { requestsPerMinute, minPollIntervalMs } = limits;
  const rules = [
    requestsPerMinute === undefined ? [] : [`sends at most ${requestsPerMinute} requests per minute, evenly spaced`],
    minPollIntervalMs === undefined ? [] : [`polls a job at most every ${minPollIntervalMs / 1000} s`],
  ].flat();
  if (rules.length === 0) return '';
  const names = code(Object.keys(limits));
  return `As the vendor asks, this provider ${rules.join(' and ')}. To change that, set \`limits\` (${names}).`;
}

function modelRow(id: string, card: ModelCard, definition: ProviderDefinition): readonly string[] {
  const { seed, negativePrompt, qualities, qualityTiers, styles, shutdown, successor, deprecated } = card;
  const mark = id === definition.defaultModel ? ' (default)' : '';
  const end = shutdown ?? deprecated;
  const next = successor === undefined ? '' : `, then \`${successor}\``;
  const state = end === undefined ? '' : `<br>${shutdown === undefined ? 'deprecated' : 'until'} ${end}${next}`;
  const words = Object.keys({ ...qualities, ...qualityTiers });
  return [
    `\`${id}\`${mark}${state}`,
    sizesText(card.sizes),
    card.formats.join(', ') + (card.formatIsFixed ? ' (chosen by the model)' : ''),
    card.editsOnly ? '–' : String(card.maxImages),
    seed === undefined ? '–' : `${seed.min} to ${seed.max}`,
    negativePrompt === undefined ? '–' : 'yes',
    words.join(', ') || '–',
    styles === undefined ? '–' : some(styles, STYLES_SHOWN),
    editsText(card),
    priceText(card.pricing),
  ];
}

function sizesText(sizes: SizeRule): string {
  switch (sizes.kind) {
    case 'list':
      return some(sizes.sizes, SIZES_SHOWN);
    case 'ratios': {
      const tiers = Object.keys(sizes.tiers ?? {});
      return some(Object.keys(sizes.ratios), SIZES_SHOWN) + (tiers.length > 0 ? ` in ${tiers.join(', ')}` : '');
    }
    case 'free':
      return `edges of ${sizes.minEdge} to ${sizes.maxEdge}, multiples of ${sizes.multipleOf}`;
    case 'none':
      return 'of the input, or chosen by the model';
    default:
      return sizes satisfies never;
  }
}

function editsText({ edit }: ModelCard): string {
  if (edit === undefined) return '–';
  const inputs = edit.maxInputs === 1 ? '1 input' : `up to ${edit.maxInputs} inputs`;
  return `${edit.operations.join(', ')}; ${inputs}${edit.mask ? ', mask' : ''}`;
}

function priceText(pricing: Pricing | undefined): string {
  if (pricing === undefined) return 'unknown';
  const { images, tokens, inputUsd, asOf } = pricing;
  const prices = images.map(
    ({ usd, furtherUsd, ...conditions }) =>
      amount(usd) +
      (furtherUsd === undefined ? '' : ` + ${amount(furtherUsd)} per further megapixel`) +
      conditionsOf(conditions),
  );
  const parts = [
    prices.length > 4 ? rangeOf(images) : prices.join(', '),
    inputUsd === undefined ? '' : `${amount(inputUsd)} per input`,
    tokens === undefined ? '' : `${tokens.imageOutput} per million output tokens`,
  ];
  return `${parts.filter((part) => part !== '').join('; ')} (${asOf})`;
}

function conditionsOf({ quality, size, tier, operation }: Omit<ImagePrice, 'usd'>): string {
  const conditions = [quality, size, tier, operation].filter((each) => each !== undefined);
  return conditions.length === 0 ? '' : ` ${conditions.join(' ')}`;
}

function rangeOf(images: readonly ImagePrice[]): string {
  const usd = images.map((price) => price.usd);
  return `${amount(Math.min(...usd))} to ${amount(Math.max(...usd))}`;
}

const amount = (usd: number): string => String(Number(usd.toFixed(6)));

function optionsOf({ optionsSchema }: ProviderDefinition): string {
  const rows = Object.entries(propertiesOf(optionsSchema)).map(([name, schema]) => [code([name]), valuesText(schema)]);
  return rows.length === 0 ? '' : table(['Option', 'Values'], rows);
}

type JsonSchema = Readonly<Record<string, unknown>>;

function propertiesOf(schema: z.ZodMiniType): Readonly<Record<string, JsonSchema>> {
  const { properties = {} } = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }) as {
    properties?: Readonly<Record<string, JsonSchema>>;
  };
  return properties;
}

function valuesText(schema: JsonSchema): string {
  const { enum: values, const: only, anyOf, type, minimum, maximum, items, maxItems } = schema;
  if (Array.isArray(values)) return some(values.map(String), 2 * STYLES_SHOWN);
  if (only !== undefined) return String(only);
  if (Array.isArray(anyOf)) return anyOf.map(valuesText).join(' or ');
  if (type === 'array')
    return `list of ${anyText((items ?? {}) as JsonSchema)}${maxItems ? `, at most ${maxItems}` : ''}`;
  if (type === 'boolean') return 'true, false';
  if (Array.isArray(type)) return type.map((each) => valuesText({ type: each })).join(' or ');
  if (type === 'object' && typeof schema.additionalProperties === 'object')
    return `by name: ${anyText(schema.additionalProperties as JsonSchema)}`;
  if (type === 'object') return `{ ${Object.keys((schema.properties ?? {}) as object).join(', ')} }`;
  const kind =
    type === 'integer' ? 'whole number' : type === 'string' ? 'text' : type === undefined ? 'bytes' : String(type);
  const isBounded = typeof minimum === 'number' && typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER;
  return isBounded ? `${kind}, ${minimum} to ${maximum}` : kind;
}

/** A schema without a description means any value inside a list or record, and bytes elsewhere. */
const anyText = (schema: JsonSchema): string => (Object.keys(schema).length === 0 ? 'anything' : valuesText(schema));

function sourcesOf(models: Readonly<Record<string, ModelCard>>): string {
  const cards = Object.values(models);
  const sources = cards.flatMap(({ source, pricing }) => [
    source,
    ...(pricing === undefined ? [] : [`Prices (${pricing.asOf}): ${pricing.source}`]),
  ]);
  return [...new Set(sources)].map((source) => `- ${source}`).join('\n');
}

function operationsOf(models: Readonly<Record<string, ModelCard>>): readonly string[] {
  return [...new Set(Object.values(models).flatMap(({ edit }) => edit?.operations ?? []))];
}

const page = (...parts: readonly string[]): string => `${parts.filter((part) => part !== '').join('\n\n')}\n`;
const section = (title: string, body: string): readonly string[] => (body === '' ? [] : [`## ${title}`, body]);
const fence = (text: string): string => `\`\`\`ts\n${text}\n\`\`\``;
const code = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(', ');
const some = (words: readonly string[], shown: number): string =>
  words.length <= shown ? words.join(', ') : `${words.slice(0, shown).join(', ')} and ${words.length - shown} more`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
