/** Walks every field of a request over every model of a provider, one by one. */
import type * as z from 'zod/mini';
import { bySettings, type ProviderDefinition } from '../../../../src/providers/kit/adapter/provider-definition.ts';
import { encodePng } from '../../../../src/providers/kit/image/png.ts';
import { chooseModel, modelsOf, operationOf } from '../../../../src/providers/kit/request/choose-model.ts';
import { chooseSize } from '../../../../src/providers/kit/request/fields/choose-size.ts';
import { sizeText } from '../../../../src/providers/kit/sizes.ts';
import type { MediaProvider, ModelCard, Operation } from '../../../../src/providers/protocol/index.ts';
import {
  BACKGROUNDS,
  IMAGE_FORMATS,
  ON_UNSUPPORTED,
  OPERATIONS,
  QUALITIES,
} from '../../../../src/providers/protocol/vocabulary.ts';
import {
  type Fate,
  factsOf,
  fateOf,
  refusalOf,
  type Step,
  settingChoices,
  valuesOf,
  type WalkedRequest,
} from './walk.ts';

/** The images that a walk sends. Small ones make a walk several times faster, since each mask is decoded and encoded again. */
export interface Samples {
  readonly png: Uint8Array;
  /** As large as `png` and `mask`, with other content: replaces what a model cannot do without. */
  readonly otherPng: Uint8Array;
  readonly mask: Uint8Array;
}

async function drawSamples(edge: number): Promise<Samples> {
  const pixels = (value: number) => new Uint8Array(edge * edge * 4).map((_, at) => (at % 4 === 3 ? 255 : value));
  const half = new Uint8Array(edge * edge).map((_, at) => (at < (edge * edge) / 2 ? 255 : 0));
  return {
    png: await encodePng({ width: edge, height: edge, data: pixels(120), channels: 4 }),
    otherPng: await encodePng({ width: edge, height: edge, data: half, channels: 1 }),
    mask: await encodePng({ width: edge, height: edge, data: pixels(255), channels: 4 }),
  };
}

const smallSamples = await drawSamples(64);
/** Large enough for every vendor and for the images in `needs.json`. */
const largeSamples = await drawSamples(256);
/** An image that every vendor accepts. */
const larger = await encodePng({ width: 640, height: 640, data: new Uint8Array(640 * 640).fill(90), channels: 1 });

/** Not for the vendor: a control of ours, and notes that are never sent. */
export const NOT_SENT = ['onUnsupported', 'metadata'];

/** A plan is that of a call without streaming, where these are refused. */
const WHILE_STREAMING = ['options.partial_images'];

/** Values for each field, tried one by one. */
export const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  prompt: ['a grey fox', 'x'.repeat(99_000)],
  negativePrompt: ['blurry', 'x'.repeat(99_000)],
  model: ['a-model-without-a-card', 'owner/a-model-without-a-card'],
  n: [2, 100],
  size: ['1536x1024', '1000x333', '7x7', '20000x20000', 'square', 'landscape', 'portrait'],
  aspectRatio: ['1:1', '16:9', '9:16', '21:9', '99:1'],
  style: ['photo', 'no-such-style'],
  quality: QUALITIES,
  seed: [0, 1, 4_294_967_295, Number.MAX_SAFE_INTEGER],
  format: IMAGE_FORMATS,
  background: BACKGROUNDS,
  ...imageValues(smallSamples),
  operation: OPERATIONS,
  safety: ['strict', 'relaxed'], // `default` asks for nothing
};

function imageValues({ png, otherPng, mask }: Samples) {
  return {
    inputImages: [[png], [otherPng], [larger], [png, png], Array.from({ length: 40 }, () => png)],
    mask: [mask, otherPng],
  };
}

/** What a request needs for an operation; `undefined` starts from the prompt alone. */
function baseFor(card: ModelCard, operation: Operation | undefined, { png, mask }: Samples): WalkedRequest {
  if (operation === undefined) return { prompt: 'a red fox' };
  const { maxPromptLength = card.maxPromptLength } = card.edit?.differs?.[operation] ?? {};
  return {
    operation,
    inputImages: [png],
    ...(maxPromptLength > 0 && { prompt: 'a red fox' }),
    ...((operation === 'inpaint' || operation === 'erase') && { mask }),
  };
}

export type Needs = Readonly<Record<string, WalkedRequest>>;
type Cards = Readonly<Record<string, ModelCard>>;
type NamedCard = readonly [model: string, card: ModelCard];

/** What a model can be asked to do; `undefined` starts from the prompt alone. */
const tasksOf = ({ edit, editsOnly }: ModelCard): readonly (Operation | undefined)[] => [
  ...(editsOnly ? [] : [undefined]),
  ...(edit?.operations ?? []),
];

/** The least that a model takes for an operation, with what `needs.json` says that it cannot do without. */
const leastOf = (
  [model, card]: NamedCard,
  operation: Operation | undefined,
  needs: Needs,
  samples: Samples,
): WalkedRequest => ({
  ...baseFor(card, operation, samples),
  ...(needs[`${model} ${operation}`] ?? needs[model]),
  model,
});

function* stepsOf(
  named: NamedCard,
  options: Readonly<Record<string, z.ZodMiniType>>,
  needs: Needs,
  others: readonly string[],
  samples: Samples,
): Generator<Step> {
  const [, card] = named;
  for (const onUnsupported of ON_UNSUPPORTED) {
    for (const operation of [undefined, ...(card.edit?.operations ?? [])]) {
      const base = { ...leastOf(named, operation, needs, samples), onUnsupported };
      const { size, ...ofCard } = sizeValuesOf(card);
      const fitting = {
        ...VALUES,
        ...imageValues(samples),
        ...ofCard,
        size: [...VALUES.size!, ...size],
        model: [...VALUES.model!, ...others],
      };
      for (const [field, values] of Object.entries(fitting)) {
        for (const value of values) {
          const more = operation === undefined ? besides(field, value, samples) : {};
          // Steps with the same base share its plan.
          const own = Object.keys(more).length === 0 ? base : { ...base, ...more };
          yield { field, base: own, variant: { ...own, [field]: value } };
        }
      }
      // Where an option belongs to a format, it does so in each operation alike.
      const formats = operation === undefined || operation === 'edit' ? card.formats : [];
      for (const format of [undefined, ...formats]) {
        const own = format === undefined ? base : { ...base, format };
        for (const [name, schema] of Object.entries(options)) {
          for (const value of valuesOf(schema, samples.png)) {
            yield {
              field: `options.${name}`,
              base: own,
              variant: { ...own, options: { ...own.options, [name]: value } },
            };
          }
        }
      }
    }
  }
}

const RATIOS = ['3:2', '2:3', '4:3', '3:4', '5:4', '2:1'];

/** Sizes and ratios that this card has, beside those that every model is asked for. */
function sizeValuesOf({ sizes }: ModelCard): {
  readonly size: readonly string[];
  readonly aspectRatio: readonly string[];
} {
  const aspectRatio = [
    ...(VALUES.aspectRatio as readonly string[]),
    ...RATIOS.filter(
      (ratio) => sizes.kind !== 'none' && chooseSize(sizes, { aspectRatio: ratio }).kind === 'fits',
    ).slice(0, 2),
  ];
  if (sizes.kind === 'list') return { size: sizes.sizes.slice(1, 4), aspectRatio };
  if (sizes.kind !== 'ratios') return { size: [], aspectRatio };
  const tables = [sizes.ratios, ...Object.values(sizes.tiers ?? {})];
  return { size: [...new Set(tables.flatMap((table) => Object.values(table).slice(1, 2)))], aspectRatio };
}

/** What a field needs beside it to make sense in a request that has only a prompt. */
function besides(field: string, value: unknown, { png, mask }: Samples): WalkedRequest {
  if (field === 'operation') return { inputImages: [png], ...((value === 'inpaint' || value === 'erase') && { mask }) };
  return field === 'mask' ? { inputImages: [png] } : {};
}

/** A model that lets nothing be chosen about its files, and draws on one background only. */
const hasOneBackground = ({ backgrounds, formatIsFixed }: ModelCard) => formatIsFixed && backgrounds?.length === 1;

/** What is the same as what the base request asks for anyway, or the only thing the model has, needs no trace on the wire. */
function isImplied({ field, base, variant }: Step, card: ModelCard): boolean {
  const { formats, sizes, backgrounds } = card;
  if (field === 'format' && formats.length === 1) return variant.format === formats[0];
  if (field === 'background' && hasOneBackground(card)) return variant.background === backgrounds?.[0];
  if (sizes.kind === 'free' && (field === 'size' || field === 'aspectRatio')) {
    // Where the vendor always wants a size, this is the one.
    return variant.size === 'square' || variant.aspectRatio === '1:1' || variant.size === '1024x1024';
  }
  if (sizes.kind === 'list' && (field === 'size' || field === 'aspectRatio')) {
    const { size, aspectRatio = '' } = variant as { readonly size?: string; readonly aspectRatio?: string };
    const answer = chooseSize(sizes, field === 'size' ? (size ?? '') : { aspectRatio });
    // Where the vendor always wants a size, this one is sent anyway.
    if (answer.kind === 'fits' && sizeText(answer.choice.size) === sizes.sizes[0]) return true;
  }
  // Walked by itself: each operation has a base of its own, and an edit with a mask is an inpainting.
  if (field === 'operation') return base.operation !== undefined || variant.operation === operationOf(base);
  const option = field.replace(/^options\./, '');
  if (option !== field) return base.options?.[option] === variant.options?.[option];
  return base[field as 'prompt'] !== undefined && same(base[field as 'prompt'], variant[field as 'prompt']);
}

/** Also of a list with the same picture in it. */
const same = (one: unknown, other: unknown): boolean =>
  Array.isArray(one) && Array.isArray(other)
    ? one.length === other.length && one.every((each, at) => each === other[at])
    : one === other;

interface Walked {
  readonly count: Record<Fate, number>;
  readonly dropped: readonly string[];
  /** Fields that reached the wire in some form, by model. */
  readonly mapped: ReadonlyMap<string, ReadonlySet<string>>;
}

export async function walk(
  provider: MediaProvider,
  models: Cards,
  options: Readonly<Record<string, z.ZodMiniType>>,
  needs: Needs = {},
): Promise<Walked> {
  const count: Record<Fate, number> = { mapped: 0, adapted: 0, refused: 0, dropped: 0, unseen: 0 };
  const dropped = new Set<string>();
  const mapped = new Map<string, Set<string>>();
  for (const [model, card] of Object.entries(models)) {
    const own = new Set<string>();
    mapped.set(model, own);
    const others = Object.keys(models)
      .filter((each) => each !== model)
      .slice(0, 1);
    const needsLarge = (await blindSpots(provider, { [model]: card }, needs, smallSamples)).length > 0;
    const samples = needsLarge ? largeSamples : smallSamples;
    for (const step of stepsOf([model, card], options, needs, others, samples)) {
      if (isImplied(step, card)) continue;
      const fate = await fateOf(provider, step);
      count[fate] += 1;
      if (fate === 'dropped')
        dropped.add(
          `${model}: ${step.field} = ${String(step.variant[step.field as 'prompt']).slice(0, 40)}${step.base.operation ? ` in ${step.base.operation}` : ''}`,
        );
      if (fate === 'mapped') own.add(step.field);
    }
  }
  return { count, dropped: [...dropped], mapped };
}

const needsOf = (model: string, needs: Needs): readonly WalkedRequest[] =>
  Object.entries(needs).flatMap(([key, need]) => (key === model || key.startsWith(`${model} `) ? [need] : []));

const isAlive = ({ shutdown }: ModelCard) => shutdown === undefined || shutdown > today;
const today = new Date().toISOString().slice(0, 10);

/** Tasks of living models that are refused whatever is asked: a walk over them would see nothing. */
export async function blindSpots(provider: MediaProvider, models: Cards, needs: Needs, samples = largeSamples) {
  const blind: string[] = [];
  for (const named of Object.entries(models).filter(([, card]) => isAlive(card))) {
    for (const task of tasksOf(named[1])) {
      const why = await refusalOf(provider, leastOf(named, task, needs, samples));
      if (why !== undefined) blind.push(`${named[0]} ${task ?? 'generate'}: ${why}`);
    }
  }
  return blind;
}

async function areAllRefused(provider: MediaProvider, models: Cards, needs: Needs): Promise<boolean> {
  const tasks = Object.values(models).flatMap((card) => (isAlive(card) ? tasksOf(card) : []));
  return (await blindSpots(provider, models, needs)).length === tasks.length;
}

/** What the card of a living model offers, and what no request brought to the wire. */
export const missingIn = (models: Cards, mapped: Walked['mapped'], needs: Needs = {}): readonly string[] =>
  Object.entries(models)
    .filter(([, card]) => isAlive(card))
    .flatMap(([model, card]) =>
      offeredBy(card)
        // A model that cannot do without a size is never asked for a ratio: both at once are refused.
        .filter((field) => field !== 'aspectRatio' || needsOf(model, needs).every(({ size }) => size === undefined))
        .filter((field) => !mapped.get(model)?.has(field))
        .map((field) => `${model}: ${field}`),
    );

/** A key, an address where the provider has none of its own, and what else it cannot do without. */
export function settingsOf({ baseUrl, settingsSchema }: ProviderDefinition, given: object) {
  const address = bySettings(baseUrl, settingsSchema?.parse(given)) ?? 'https://server.invalid/v1';
  return { apiKey: 'sk-test-0123456789', baseUrl: address, ...given };
}

/** The cards that these settings lead to: those that the settings describe, or the one of the default model. */
function cardsBy(definition: ProviderDefinition, given: object): Cards {
  const settings = definition.settingsSchema?.parse(given);
  if (definition.ownModels !== undefined) return modelsOf(definition, settings);
  const { model, card } = chooseModel(definition, undefined, { settings, operation: undefined });
  return { [model]: card };
}

const UNKNOWN_MODELS = ['a-model-of-tomorrow', 'owner/a-model-of-tomorrow'];

/** A model without a card, treated like the default one; none where a provider takes only the models that it knows. */
async function unknownModel(provider: MediaProvider, definition: ProviderDefinition, needs: Needs): Promise<Cards> {
  const card = definition.models[definition.defaultModel]!;
  for (const model of UNKNOWN_MODELS) {
    if ((await refusalOf(provider, leastOf([model, card], tasksOf(card)[0], needs, largeSamples))) === undefined)
      return { [model]: card };
  }
  return {};
}

/** What is walked, and how to reach it. */
export interface WalkedProvider {
  readonly definition: ProviderDefinition;
  readonly create: (settings: object) => MediaProvider;
  /** Those of `fixtures/settings.json`. */
  readonly given: object;
  /** Those of `fixtures/needs.json`, with bytes in the place of sketches. */
  readonly needs: Needs;
}

export interface ProviderWalk {
  /** Asked for, and neither sent nor adapted nor refused. */
  readonly dropped: readonly string[];
  /** Offered by a card or an options schema, and never sent. */
  readonly missing: readonly string[];
  /** Plans that said something. */
  readonly seen: number;
}

/** Every field and option on the default model and on one without a card, under the settings given: a quick look at each adapter. */
export async function walkDefaultModel(subject: WalkedProvider): Promise<ProviderWalk> {
  const { definition, given, needs } = subject;
  const provider = openProvider(subject, given);
  const own = { [definition.defaultModel]: definition.models[definition.defaultModel]! };
  const cards = { ...own, ...(await unknownModel(provider, definition, needs)) };
  const { count, dropped, mapped } = await walk(provider, cards, optionsOf(definition), needs);
  return { dropped, missing: missingIn(own, mapped, needs), seen: seenIn(count) };
}

/** Every field and option on every model, under the settings given and under each value of a setting that is a closed set. */
export async function walkProvider(subject: WalkedProvider): Promise<ProviderWalk> {
  const { definition, given, needs } = subject;
  const provider = openProvider(subject, given);
  const options = optionsOf(definition);
  const all = { ...definition.models, ...(await unknownModel(provider, definition, needs)) };
  const { count, dropped, mapped } = await walk(provider, all, options, needs);
  const further = await walkSettings(subject);
  const everywhere = [mapped, ...further.map((each) => each.mapped)].flatMap((each) => [...each.values()]);
  const reached = new Set(everywhere.flatMap((fields) => [...fields]));
  const wanted = ['model', ...Object.keys(options).map((name) => `options.${name}`)];
  return {
    dropped: [...dropped, ...further.flatMap((each) => each.dropped)],
    missing: [
      ...missingIn(definition.models, mapped, needs),
      ...wanted.filter((field) => !reached.has(field) && !WHILE_STREAMING.includes(field)),
    ],
    seen: seenIn(count),
  };
}

const seenIn = ({ mapped, adapted, refused }: Walked['count']): number => mapped + adapted + refused;

const optionsOf = ({ optionsSchema }: ProviderDefinition) => factsOf(optionsSchema).shape ?? {};

const openProvider = ({ definition, create }: WalkedProvider, settings: object) =>
  create(settingsOf(definition, settings));

async function walkSettings(subject: WalkedProvider): Promise<readonly Walked[]> {
  const { definition, given, needs } = subject;
  const options = optionsOf(definition);
  const walks: Walked[] = [];
  const choices = settingChoices(definition.settingsSchema);
  for (const [name, value] of choices) {
    // Some values go only with a certain value of another setting.
    const beside = [{}, ...choices.flatMap(([other, its]) => (other === name ? [] : [{ [other]: its }]))];
    for (const others of beside) {
      const settings = { ...given, ...others, [name]: value };
      // Settings that exclude each other are refused before there is a request.
      if (definition.settingsSchema?.safeParse(settings).success === false) continue;
      const provider = openProvider(subject, settings);
      const cards = cardsBy(definition, settings);
      if (others !== beside.at(-1) && (await areAllRefused(provider, cards, needs))) continue;
      // An option of the same name says the same as the setting.
      const { [name]: _, ...ownOptions } = options;
      const { dropped, ...walked } = await walk(provider, cards, ownOptions, needs);
      const where = JSON.stringify({ ...others, [name]: value });
      walks.push({ ...walked, dropped: dropped.map((each) => `${where} ${each}`) });
      break;
    }
  }
  return walks;
}

/** Where there is one size only, asking for it changes nothing. */
const hasSizes = ({ sizes }: ModelCard): boolean =>
  sizes.kind !== 'none' && !(sizes.kind === 'list' && sizes.sizes.length === 1);

/** Fields that a card says a model has. */
function offeredBy(card: ModelCard): readonly string[] {
  const fields: Readonly<Record<string, unknown>> = {
    prompt: card.maxPromptLength > 0,
    n: true,
    size: hasSizes(card),
    aspectRatio: hasSizes(card),
    format: card.formats.length > 1 && !card.formatIsFixed,
    negativePrompt: card.negativePrompt,
    style: card.styles?.includes('photo'),
    quality: card.qualities ?? card.qualityTiers,
    seed: card.seed,
    background: card.backgrounds && !hasOneBackground(card),
    safety: card.safety,
    inputImages: card.edit,
    mask: card.edit?.mask,
  };
  return Object.keys(fields).filter((field) => fields[field]);
}
