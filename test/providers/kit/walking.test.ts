/**
 * Promise 3: nothing is dropped silently. Every field, on the default model of every provider, is mapped, adapted or refused. The walk over all
 * models is test/heavy/walking.test.ts.
 */
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { defineProvider, post, postForm } from '../../../src/providers/kit/index.ts';
import type { ModelCard } from '../../../src/providers/protocol/index.ts';
import { imageRequestSchema } from '../../../src/providers/protocol/request.ts';
import { ON_UNSUPPORTED } from '../../../src/providers/protocol/vocabulary.ts';
import { plainBody, sampleCard, sampleParts } from './support/vendor.ts';
import { factsOf, settingChoices } from './support/walk.ts';
import { blindSpots, missingIn, NOT_SENT, settingsOf, VALUES, walk, walkDefaultModel } from './support/walk-models.ts';
import { PROVIDER_IDS, walkedProvider } from './support/walked-provider.ts';

it('has values for every field of the request', () => {
  const fields = Object.keys(factsOf(imageRequestSchema).shape ?? {});
  expect(fields.filter((field) => !NOT_SENT.includes(field) && field !== 'options').sort()).toEqual(
    Object.keys(VALUES).sort(),
  );
});

describe.each(PROVIDER_IDS)('%s', async (id) => {
  const subject = await walkedProvider(id);
  const { definition, given, needs, create } = subject;
  const open = () => create(settingsOf(definition, given));

  it('drops no field and no option of its default model', async () => {
    const { dropped, missing, seen } = await walkDefaultModel(subject);
    expect(dropped).toEqual([]);
    expect(missing).toEqual([]);
    // The walk saw something.
    expect(seen).toBeGreaterThan(Object.keys(VALUES).length * ON_UNSUPPORTED.length);
  });

  it('has a request that goes out for each operation of each model', async () => {
    expect(await blindSpots(open(), definition.models, needs), 'see fixtures/needs.json').toEqual([]);
  });

  it('never sends the caller’s own notes', async () => {
    const request = { prompt: 'a red fox' };
    const { requests } = await open().plan({ ...request, metadata: { ticket: 'X-42' } });
    expect(requests).toEqual((await open().plan(request)).requests);
  });
});

const inpainting = {
  operations: ['inpaint'],
  maxInputs: 1,
  maxInputBytes: 1_000_000,
  inputFormats: ['png'],
  mask: { convention: 'white-repaints' },
} as const satisfies ModelCard['edit'];

describe('the walk itself', () => {
  const { models } = sampleParts;
  const options = factsOf(sampleParts.optionsSchema).shape ?? {};

  it('passes an adapter that sends everything it is handed', async () => {
    const provider = defineProvider(sampleParts).create({ apiKey: 'sk-test-0123456789' });
    const { count, dropped, mapped } = await walk(provider, models, options);
    expect(dropped).toEqual([]);
    expect([...(mapped.get('sample-1') ?? [])]).toEqual(
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
      const { dropped } = await walk(provider, models, options);
      expect(dropped.length).toBeGreaterThan(0);
      const alike = forgotten === 'size' ? /: (?:size|aspectRatio) = / : new RegExp(`: ${forgotten} = `);
      for (const each of dropped) expect(each).toMatch(alike);
    },
  );

  const settings = { apiKey: 'sk-test-0123456789' };

  it.each(['inputImages', 'mask'])(
    'bites on an adapter for inpainting alone that does not send %s',
    async (forgotten) => {
      const card = { ...sampleCard, editsOnly: true, edit: inpainting } as const;
      const provider = defineProvider({
        ...sampleParts,
        models: { 'sample-1': card },
        toEdit: ({ prompt, inputs: [image], mask }) =>
          postForm('edits', {
            prompt,
            ...(forgotten !== 'inputImages' && { image }),
            ...(forgotten !== 'mask' && { mask }),
          }),
      }).create(settings);
      const { dropped } = await walk(provider, { 'sample-1': card }, {});
      expect(dropped.filter((each) => each.startsWith(`sample-1: ${forgotten} = `))).not.toEqual([]);
    },
  );

  it('bites on a model that is refused whatever is asked, until needs.json says what it cannot do without', async () => {
    const provider = defineProvider({
      ...sampleParts,
      check: ({ options }) =>
        options.steps === undefined ? [{ field: 'options.steps', message: 'steps is missing' }] : [],
    }).create(settings);

    expect(await blindSpots(provider, models, {})).toEqual(['sample-1 generate: sample: steps is missing']);
    expect(await blindSpots(provider, models, { 'sample-1': { options: { steps: 5 } } })).toEqual([]);
  });

  it('bites on one model of several that never sends what its card offers', async () => {
    const provider = defineProvider({
      ...sampleParts,
      models: { ...models, 'sample-2': sampleCard },
      check: ({ model, seed }) =>
        model === 'sample-2' && seed !== undefined ? [{ field: 'seed', message: 'no' }] : [],
    }).create(settings);
    const both = { ...models, 'sample-2': sampleCard };
    const { mapped } = await walk(provider, both, options);

    expect(missingIn(both, mapped)).toEqual(['sample-2: seed']);
  });

  it('bites on an adapter that drops a field under one value of a setting', async () => {
    const settingsSchema = z.strictObject({ surface: z._default(z.enum(['new', 'old']), 'new') });
    const planted = defineProvider({
      ...sampleParts,
      settingsSchema,
      toRequest(args) {
        const { seed, ...others } = plainBody(args);
        return post('images', args.settings.surface === 'old' ? others : { ...others, seed });
      },
    });
    const droppedBy = await Promise.all(
      settingChoices(settingsSchema).map(async ([name, value]) => {
        const { dropped } = await walk(planted.create({ ...settings, [name]: value }), models, options);
        return [value, dropped.length > 0];
      }),
    );

    expect(droppedBy).toEqual([
      ['new', false],
      ['old', true],
    ]);
  });
});
