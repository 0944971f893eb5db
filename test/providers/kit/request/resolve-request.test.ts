import { describe, expect, it } from 'vitest';
import { defineProvider } from '../../../../src/providers/kit/index.ts';
import { ALL_STEPS } from '../../../../src/providers/kit/request/fields/resolve-fields.ts';
import { loadSteps, resolveRequest } from '../../../../src/providers/kit/request/resolve-request.ts';
import type { ImageRequest, ModelCard } from '../../../../src/providers/protocol/index.ts';
import { editRequestSchema } from '../../../../src/providers/protocol/request.ts';
import { sampleCard, sampleParts } from '../support/vendor.ts';

const models: Record<string, ModelCard> = {
  'sample-1': sampleCard,
  'sample-0': { ...sampleCard, shutdown: '2026-06-01', successor: 'sample-1' },
  'sample-old': { ...sampleCard, deprecated: '2026-01-01', successor: 'sample-1' },
  'sample-plain': {
    title: 'Plain',
    sizes: sampleCard.sizes,
    formats: ['png', 'webp'],
    maxImages: 1,
    maxPromptLength: 10,
    source: 'made for tests',
  },
  'sample-edit': {
    ...sampleCard,
    edit: { operations: ['edit', 'inpaint'], maxInputs: 1, maxInputBytes: 100, inputFormats: ['png'] },
  },
};
const { definition } = defineProvider({ ...sampleParts, models, toEdit: () => ({ method: 'POST', url: 'edits' }) });
const resolve = (request: Partial<ImageRequest>, today = '2026-05-31') =>
  resolveRequest(definition, { prompt: 'a fox', ...request }, { settings: {}, today }, ALL_STEPS);
const refusals = (request: Partial<ImageRequest>, today?: string) =>
  resolve(request, today).refusals.map(({ field, message }) => [field, message]);

describe('a field that the model supports', () => {
  it('is mapped to the vendor’s word, and is in the applied settings', () => {
    const { fields, applied, warnings } = resolve({
      prompt: '  a fox ',
      quality: 'draft',
      safety: 'strict',
      size: '2x1',
      seed: 0,
    });
    expect(fields).toEqual({ prompt: 'a fox', quality: 'low', safety: 'hard', size: { width: 2, height: 1 }, seed: 0 });
    expect(applied).toEqual({ model: 'sample-1', n: 1, quality: 'low', safety: 'hard', size: '2x1', seed: 0 });
    expect(warnings).toEqual([]);
  });

  it('is absent if it was not requested, so that the vendor’s default applies', () => {
    expect(resolve({}).fields).toEqual({ prompt: 'a fox' });
    expect(resolve({ safety: 'default' }).fields).toEqual({ prompt: 'a fox' });
  });
});

describe('a field that the model does not support', () => {
  const plain = { model: 'sample-plain' };
  it.each([
    ['seed', { seed: 1 }],
    ['negativePrompt', { negativePrompt: 'blur' }],
    ['quality', { quality: 'hd' }],
    ['style', { style: 'ink' }],
    ['background', { background: 'opaque' }],
    ['safety', { safety: 'strict' }],
  ] as const)(
    '%s is refused before the call, and left out with a warning when the caller allows it',
    (field, request) => {
      expect(resolve({ ...plain, ...request }).refusals).toEqual([
        {
          code: 'unsupported',
          field,
          message: `sample: sample-plain has no ${field}`,
          hint: `Leave ${field} out, or pass onUnsupported: 'adapt'.`,
        },
      ]);
      const adapted = resolve({ ...plain, ...request, onUnsupported: 'adapt' });
      expect(adapted.refusals).toEqual([]);
      expect(adapted.fields).toEqual({ prompt: 'a fox' });
      expect(adapted.warnings).toEqual([
        { code: 'adapted', field, message: `sample: sample-plain has no ${field}; it is left out` },
      ]);
    },
  );

  it('changes size and format to the nearest supported value, with a warning', () => {
    const { fields, warnings } = resolve({ size: '30x10', format: 'jpeg', onUnsupported: 'adapt' });
    expect(fields).toMatchObject({ size: { width: 2, height: 1 }, format: 'png' });
    expect(warnings.map(({ message }) => message)).toEqual([
      'sample: size 30x10 is not supported; the model supports 1x1, 2x1; 2x1 is used instead',
      'sample: sample-1 has no format jpeg; png is used instead',
    ]);
  });

  it('suggests a similar style', () => {
    expect(resolve({ style: 'inc' }).refusals[0]).toMatchObject({
      message: 'sample: sample-1 has no style "inc"',
      hint: 'Did you mean ink?',
    });
    expect(resolve({ style: 'watercolour' }).refusals[0]?.hint).toBe('Styles are ink, oil.');
  });
});

describe('a request that cannot be adapted', () => {
  it.each([
    ['prompt', { prompt: 'x'.repeat(101) }, 'the prompt has 101 characters, sample-1 takes 100'],
    ['negativePrompt', { negativePrompt: 'x'.repeat(21) }, 'negativePrompt is longer than 20 characters'],
    ['seed', { seed: 10 }, 'seed 10 is outside 0 to 9'],
    ['aspectRatio', { size: '1x1', aspectRatio: '1:1' }, 'size and aspectRatio were both given'],
    ['inputImages', { inputImages: [new Uint8Array(1)] }, 'sample-1 cannot edit images'],
    ['inputImages', { model: 'sample-edit', operation: 'edit' }, 'edit needs an input image'],
    [
      'inputImages',
      { model: 'sample-edit', inputImages: [new Uint8Array(1), new Uint8Array(1)] },
      '2 input images were given, sample-edit takes 1',
    ],
    [
      'operation',
      { model: 'sample-edit', operation: 'upscale', inputImages: [new Uint8Array(1)] },
      'sample-edit cannot upscale',
    ],
    ['mask', { model: 'sample-edit', operation: 'inpaint', inputImages: [new Uint8Array(1)] }, 'inpaint needs a mask'],
    [
      'mask',
      { model: 'sample-edit', inputImages: [new Uint8Array(1)], mask: new Uint8Array(1) },
      'sample-edit takes no mask',
    ],
  ] as const)('%s is refused, whatever is allowed', (field, request, message) => {
    expect(refusals({ ...request, onUnsupported: 'adapt' })).toEqual([[field, `sample: ${message}`]]);
  });
});

describe('the model', () => {
  it('is sent with a warning if it has no card', () => {
    expect(resolve({ model: 'sample-2' }).warnings).toEqual([
      {
        code: 'unknown_model',
        field: 'model',
        message:
          'sample: no card for model sample-2; it is treated like sample-1, and its price is unknown. Did you mean sample-1?',
      },
    ]);
    expect(resolve({ model: '__proto__' }).warnings[0]?.code).toBe('unknown_model');
  });

  it('is refused from its shutdown date on, with its successor in the hint', () => {
    expect(refusals({ model: 'sample-0' }, '2026-05-31')).toEqual([]);
    expect(resolve({ model: 'sample-0' }, '2026-05-31').warnings[0]).toMatchObject({
      code: 'deprecated_model',
      message: 'sample: model sample-0 will be shut down on 2026-06-01; use sample-1',
    });
    expect(resolve({ model: 'sample-0' }, '2026-06-01').refusals).toEqual([
      {
        code: 'model_retired',
        field: 'model',
        message: 'sample: model sample-0 was shut down on 2026-06-01',
        hint: 'Use sample-1.',
      },
    ]);
    expect(resolve({ model: 'sample-old' }).warnings[0]?.message).toBe(
      'sample: model sample-old is deprecated; use sample-1',
    );
  });
});

describe('the steps for the fields of a request', () => {
  const { prompt: _, ...shape } = editRequestSchema._zod.def.shape;
  const plain = { model: 'sample-1', n: 2, format: 'png', options: {}, metadata: {}, onUnsupported: 'adapt' } as const;

  it('give a request without further fields what all steps give it', async () => {
    for (const format of ['png', 'webp', 'jpeg', undefined] as const)
      for (const model of Object.keys(models)) {
        const request = { ...plain, prompt: 'a fox', format, model };
        const resolveWith = (steps: typeof ALL_STEPS) =>
          resolveRequest(definition, request, { settings: {}, today: '2026-05-31' }, steps);
        const steps = await loadSteps(request);

        expect(steps).not.toBe(ALL_STEPS);
        expect(resolveWith(steps)).toEqual(resolveWith(ALL_STEPS));
      }
  });

  it.each(Object.keys(shape).filter((field) => !Object.hasOwn(plain, field)))(
    'are all of them for %s',
    async (field) => {
      // Whether a step is needed depends on the field alone, so any value will do.
      expect(await loadSteps({ [field]: 'any' } as never)).toBe(ALL_STEPS);
      expect(await loadSteps({ [field]: undefined })).not.toBe(ALL_STEPS);
    },
  );
});
