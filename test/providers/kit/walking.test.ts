/** Promise 3: nothing is dropped silently. Every field, on every model of every provider, is mapped, adapted or refused. */
import { describe, expect, it } from 'vitest';
import type * as z from 'zod/mini';
import { operationOf } from '../../../src/providers/kit/cards.ts';
import { encodePng } from '../../../src/providers/kit/image/png.ts';
import { defineProvider, post } from '../../../src/providers/kit/index.ts';
import { chooseSize, sizeText } from '../../../src/providers/kit/sizes.ts';
import type { MediaProvider, ModelCard, Operation } from '../../../src/providers/protocol/index.ts';
import { imageRequestSchema } from '../../../src/providers/protocol/request.ts';
import {
  BACKGROUNDS,
  IMAGE_FORMATS,
  ON_UNSUPPORTED,
  OPERATIONS,
  QUALITIES,
} from '../../../src/providers/protocol/vocabulary.ts';
import { createProvider, type ProviderId, registry } from '../../../src/providers/registry.ts';
import { toCallValue } from '../../../src/testing/expand.ts';
import { readNeeds, readSettings } from '../../../src/testing/host.ts';
import { fixturesOf } from '../support/fixtures.ts';
import { plainBody, sampleParts } from './support/vendor.ts';
import { type Fate, factsOf, fateOf, type Step, valuesOf, type WalkedRequest } from './support/walk.ts';

/** Large enough for every vendor. */
const EDGE = 256;
const pixels = (value: number) => new Uint8Array(EDGE * EDGE * 4).map((_, at) => (at % 4 === 3 ? 255 : value));
const png = await encodePng({ width: EDGE, height: EDGE, data: pixels(120), channels: 4 });
/** One that every vendor takes. */
const larger = await encodePng({ width: 640, height: 640, data: new Uint8Array(640 * 640).fill(90), channels: 1 });
const mask = await encodePng({ width: EDGE, height: EDGE, data: pixels(255), channels: 4 });

/** Not for the vendor: a control of ours, and notes that are never sent. */
const NOT_SENT = ['onUnsupported', 'metadata'];

/** A plan is that of a call without streaming, where these are refused. */
const WHILE_STREAMING = ['options.partial_images'];

/** Values for each field, tried one by one. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
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
  inputImages: [[png], [larger], [png, png], Array.from({ length: 40 }, () => png)],
  mask: [mask],
  operation: OPERATIONS,
  safety: ['strict', 'relaxed'], // `default` asks for nothing
};

/** What a request needs for an operation; `undefined` starts from the prompt alone. */
function baseFor(card: ModelCard, operation: Operation | undefined): WalkedRequest {
  if (operation === undefined) return { prompt: 'a red fox' };
  const { maxPromptLength = card.maxPromptLength } = card.edit?.differs?.[operation] ?? {};
  return {
    operation,
    inputImages: [png],
    ...(maxPromptLength > 0 && { prompt: 'a red fox' }),
    ...((operation === 'inpaint' || operation === 'erase') && { mask }),
  };
}

function* stepsOf(
  [model, card]: readonly [string, ModelCard],
  options: Readonly<Record<string, z.ZodMiniType>>,
  needs: Readonly<Record<string, WalkedRequest>>,
  others: readonly string[],
): Generator<Step> {
  for (const onUnsupported of ON_UNSUPPORTED) {
    for (const operation of [undefined, ...(card.edit?.operations ?? [])]) {
      const base = {
        ...baseFor(card, operation),
        ...(needs[`${model} ${operation}`] ?? needs[model]),
        model,
        onUnsupported,
      };
      for (const [field, values] of Object.entries({ ...VALUES, model: [...VALUES.model!, ...others] })) {
        for (const value of values) {
          const own = operation === undefined ? { ...base, ...besides(field, value) } : base;
          yield { field, base: own, variant: { ...own, [field]: value } };
        }
      }
      // Where an option belongs to a format, it does so in each operation alike.
      const formats = operation === undefined || operation === 'edit' ? card.formats : [];
      for (const format of [undefined, ...formats]) {
        const own = format === undefined ? base : { ...base, format };
        for (const [name, schema] of Object.entries(options)) {
          for (const value of valuesOf(schema, png)) {
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

/** What a field needs beside it to make sense in a request that has only a prompt. */
function besides(field: string, value: unknown): WalkedRequest {
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
  /** Fields that reached the wire in some form. */
  readonly mapped: ReadonlySet<string>;
}

async function walk(
  provider: MediaProvider,
  models: Readonly<Record<string, ModelCard>>,
  optionsSchema: z.ZodMiniType,
  needs: Readonly<Record<string, WalkedRequest>> = {},
): Promise<Walked> {
  const count: Record<Fate, number> = { mapped: 0, adapted: 0, refused: 0, dropped: 0 };
  const dropped = new Set<string>();
  const mapped = new Set<string>();
  for (const [model, card] of Object.entries(models)) {
    const others = Object.keys(models)
      .filter((each) => each !== model)
      .slice(0, 1);
    for (const step of stepsOf([model, card], factsOf(optionsSchema).shape ?? {}, needs, others)) {
      if (isImplied(step, card)) continue;
      const fate = await fateOf(provider, step);
      count[fate] += 1;
      if (fate === 'dropped')
        dropped.add(
          `${model}: ${step.field} = ${String(step.variant[step.field as 'prompt']).slice(0, 40)}${step.base.operation ? ` in ${step.base.operation}` : ''}`,
        );
      if (fate === 'mapped') mapped.add(step.field);
    }
  }
  return { count, dropped: [...dropped], mapped };
}

it('has values for every field of the request', () => {
  const fields = Object.keys(factsOf(imageRequestSchema).shape ?? {});
  expect(fields.filter((field) => !NOT_SENT.includes(field) && field !== 'options').sort()).toEqual(
    Object.keys(VALUES).sort(),
  );
});

/** A key, and what else the provider cannot do without. */
async function settingsOf(id: ProviderId) {
  return { apiKey: 'sk-test-0123456789', ...(await readSettings(fixturesOf(id))) };
}

/** Thousands of plans for a vendor with many models; on a busy machine that takes a while. */
const WALK_MS = 120_000;

describe.each(Object.keys(registry) as ProviderId[])('%s', (id) => {
  it('drops no field and no option of any model', { timeout: WALK_MS }, async () => {
    const { definition } = await registry[id].load();
    const provider = createProvider(id as string, await settingsOf(id));
    const needs = (await toCallValue(await readNeeds(fixturesOf(id)))) as Readonly<Record<string, WalkedRequest>>;
    const tomorrow = definition.models[definition.defaultModel]!;
    const models = { ...definition.models, 'a-model-of-tomorrow': tomorrow };
    const { count, dropped, mapped } = await walk(provider, models, definition.optionsSchema, needs);
    expect(dropped).toEqual([]);
    // The walk saw something: every model, and all that a card offers did reach the wire.
    const seen = count.mapped + count.adapted + count.refused;
    expect(seen).toBeGreaterThan(Object.keys(models).length * Object.keys(VALUES).length * ON_UNSUPPORTED.length);
    const living = Object.values(definition.models).filter(({ shutdown }) => shutdown === undefined);
    expect(offeredBy(living).filter((field) => !mapped.has(field))).toEqual([]);
    const options = Object.keys(factsOf(definition.optionsSchema).shape ?? {}).map((name) => `options.${name}`);
    expect(options.filter((option) => !mapped.has(option) && !WHILE_STREAMING.includes(option))).toEqual([]);
  });

  it('never sends the caller’s own notes', async () => {
    const provider = createProvider(id as string, await settingsOf(id));
    const request = { prompt: 'a red fox' };
    const { requests } = await provider.plan({ ...request, metadata: { ticket: 'X-42' } });
    expect(requests).toEqual((await provider.plan(request)).requests);
  });
});

/** Fields that a card says a model has. */
function offeredBy(cards: readonly ModelCard[]): readonly string[] {
  const fields: Readonly<Record<string, (card: ModelCard) => unknown>> = {
    prompt: () => true,
    model: () => true,
    n: () => true,
    size: ({ sizes }) => sizes.kind !== 'none',
    aspectRatio: ({ sizes }) => sizes.kind !== 'none',
    format: ({ formats, formatIsFixed }) => formats.length > 1 && !formatIsFixed,
    negativePrompt: ({ negativePrompt }) => negativePrompt,
    style: ({ styles }) => styles?.includes('photo'),
    quality: ({ qualities, qualityTiers }) => qualities ?? qualityTiers,
    seed: ({ seed }) => seed,
    background: (card) => card.backgrounds && !hasOneBackground(card),
    safety: ({ safety }) => safety,
    inputImages: ({ edit }) => edit,
    mask: ({ edit }) => edit?.mask,
  };
  return Object.entries(fields).flatMap(([field, isOffered]) => (cards.some(isOffered) ? [field] : []));
}

describe('the walk itself', () => {
  const { models } = sampleParts;

  it('passes an adapter that sends everything it is handed', async () => {
    const provider = defineProvider(sampleParts).create({ apiKey: 'sk-test-0123456789' });
    const { count, dropped, mapped } = await walk(provider, models, sampleParts.optionsSchema);
    expect(dropped).toEqual([]);
    expect([...mapped]).toEqual(
      expect.arrayContaining(['seed', 'negativePrompt', 'quality', 'safety', 'background', 'options.steps']),
    );
    expect(count.adapted).toBeGreaterThan(0);
  });

  it.each(['seed', 'negativePrompt', 'quality', 'background', 'safety', 'n', 'size', 'options.steps'])(
    'bites on an adapter that is handed %s and does not send it',
    async (forgotten) => {
      const provider = defineProvider({
        ...sampleParts,
        models: { 'sample-1': { ...sampleParts.models['sample-1']!, maxImages: 100 } },
        toRequest(args) {
          const { [forgotten as 'seed']: _, options, ...sent } = plainBody(args) as { seed?: unknown; options: object };
          return post('images', forgotten === 'options.steps' ? sent : { ...sent, options });
        },
      }).create({ apiKey: 'sk-test-0123456789' });
      const { dropped } = await walk(provider, models, sampleParts.optionsSchema);
      expect(dropped.length).toBeGreaterThan(0);
      const alike = forgotten === 'size' ? /: (?:size|aspectRatio) = / : new RegExp(`: ${forgotten} = `);
      for (const each of dropped) expect(each).toMatch(alike);
    },
  );
});
