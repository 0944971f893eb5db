/** What is different from one operation of a model to the next, and what a model needs that only edits. */
import { describe, expect, it } from 'vitest';
import { encodePng } from '../../../../src/providers/kit/image/png.ts';
import { defineProvider, type EditArgs, postForm } from '../../../../src/providers/kit/index.ts';
import type { AiImageError, EditRequest, ImageRequest, ModelCard } from '../../../../src/providers/protocol/index.ts';
import { openVendor, sampleCard, sampleParts, sendJson, WHITE_PNG } from '../support/vendor.ts';

const draw = (width: number, height = width) =>
  encodePng({ width, height, channels: 4, data: new Uint8Array(width * height * 4).fill(255) });
const [png, mask] = [await draw(64), await draw(64)];

const files = { maxInputs: 2, maxInputBytes: 100_000, inputFormats: ['png'] } as const;
const models = {
  'sample-1': {
    ...sampleCard,
    edit: {
      ...files,
      operations: ['edit', 'inpaint', 'outpaint', 'erase'],
      mask: { convention: 'white-repaints' },
      differs: {
        outpaint: { promptIsOptional: true, sizes: { kind: 'none' }, edit: { mask: undefined, maxInputs: 1 } },
        erase: { maxPromptLength: 0, negativePrompt: undefined, edit: { mask: { convention: 'black-repaints' } } },
      },
    },
  },
  'sample-cut': {
    ...sampleCard,
    title: 'Cuts backgrounds away',
    editsOnly: true,
    maxPromptLength: 0,
    edit: {
      ...files,
      operations: ['remove-background'],
      inputBounds: { minEdge: 32, maxEdge: 128, maxPixels: 8192, maxRatio: 2 },
    },
  },
} as const satisfies Record<string, ModelCard>;

const sample = defineProvider({
  ...sampleParts,
  models: models as Readonly<Record<string, ModelCard>>,
  defaultModels: { 'remove-background': 'sample-cut' },
  toEdit: ({ operation, model, prompt, inputs, mask: hole, size }: EditArgs<unknown>) =>
    postForm(`edits/${operation}`, {
      model,
      prompt: prompt === '' ? undefined : prompt,
      size: size && `${size.width}`,
      image: inputs,
      mask: hole,
    }),
});
const provider = sample.create({ apiKey: 'sample-key-0123456789', baseUrl: 'http://127.0.0.1:9/v1' });
const planOf = (request: Partial<EditRequest>) => provider.plan({ inputImages: [png], ...request });
const refusalsOf = async (request: Partial<EditRequest>) =>
  (await planOf(request)).refusals.map(({ code, field }) => `${code}: ${field}`);

describe('an operation', () => {
  it('sends no prompt if its card says that it takes none', async () => {
    const { requests, refusals } = await planOf({ operation: 'erase', mask });
    expect(refusals).toEqual([]);
    expect(JSON.stringify(requests)).not.toContain('prompt');
  });

  it('refuses a prompt it would ignore, or leaves it out with a warning if the caller allows it', async () => {
    expect(await refusalsOf({ operation: 'erase', mask, prompt: 'the lamp' })).toEqual(['unsupported: prompt']);
    const { requests, adaptations } = await planOf({
      operation: 'erase',
      mask,
      prompt: 'the lamp',
      onUnsupported: 'adapt',
    });
    expect(adaptations).toMatchObject([{ code: 'adapted', field: 'prompt' }]);
    expect(JSON.stringify(requests)).not.toContain('lamp');
  });

  it('accepts a missing prompt if it is optional, and requires it otherwise', async () => {
    expect(await refusalsOf({ operation: 'outpaint' })).toEqual([]);
    expect(JSON.stringify((await planOf({ operation: 'outpaint', prompt: 'more sea' })).requests)).toContain(
      'more sea',
    );
    expect(await refusalsOf({ operation: 'edit' })).toEqual(['invalid_request: prompt']);
  });

  it('always requires a prompt without input images', async () => {
    const error = await provider.generate({} as ImageRequest).catch((reason: AiImageError) => reason);
    expect(error).toMatchObject({
      code: 'invalid_request',
      charged: 'no',
      message: expect.stringMatching(/: prompt must be/),
    });
  });

  it('lacks what its card removes for it; other operations keep it', async () => {
    expect(await refusalsOf({ operation: 'erase', mask, negativePrompt: 'blur' })).toEqual([
      'unsupported: negativePrompt',
    ]);
    expect(await refusalsOf({ operation: 'edit', prompt: 'x', negativePrompt: 'blur' })).toEqual([]);
    expect(await refusalsOf({ operation: 'outpaint', size: '2x1' })).toEqual(['unsupported: size']);
    expect(await refusalsOf({ operation: 'outpaint', inputImages: [png, png] })).toEqual([
      'invalid_request: inputImages',
    ]);
    expect(await refusalsOf({ operation: 'outpaint', mask })).toEqual(['unsupported: mask']);
  });

  it('needs a mask to inpaint and to erase', async () => {
    expect(await refusalsOf({ operation: 'inpaint', prompt: 'x' })).toEqual(['invalid_request: mask']);
    expect(await refusalsOf({ operation: 'erase' })).toEqual(['invalid_request: mask']);
  });

  it('receives the mask in its own convention', async () => {
    await using vendor = await openVendor((_, response) =>
      sendJson(response, { images: [WHITE_PNG.toString('base64')] }),
    );
    const there = sample.create({ apiKey: 'sample-key-0123456789', baseUrl: vendor.url });
    await there.edit({ operation: 'inpaint', prompt: 'x', inputImages: [png], mask });
    const { images } = await there.edit({ operation: 'erase', inputImages: [png], mask });
    const [white, black] = vendor.received.map(({ body }) => body);
    expect(white?.length).not.toBe(0);
    expect(white?.slice(-200)).not.toBe(black?.slice(-200));
    expect(images[0].promptUsed).toBe('');
  });

  it('uses a model that supports it if the caller names none', async () => {
    expect(await planOf({ operation: 'remove-background' })).toMatchObject({ model: 'sample-cut', refusals: [] });
    const { refusals } = await planOf({ operation: 'remove-background', model: 'sample-1' });
    expect(refusals).toMatchObject([{ code: 'unsupported', field: 'operation', hint: 'Use sample-cut.' }]);
  });
});

describe('a model that only edits', () => {
  it('refuses to generate from a prompt alone', async () => {
    const { refusals } = await provider.plan({ prompt: 'a fox', model: 'sample-cut', onUnsupported: 'adapt' });
    expect(refusals).toMatchObject([{ code: 'unsupported', field: 'model' }]);
  });

  it.each([
    ['too small', [16, 16], /its edges must be 32 to 128/],
    ['too large', [256, 256], /its edges must be 32 to 128/],
    ['of too many pixels', [100, 100], /10000 in all; it must have 0 to 8192/],
    ['too long', [100, 40], /longer than 2:1/],
  ] as const)('refuses an input that is %s before the call', async (_, [width, height], message) => {
    const input = await draw(width, height);
    await expect(planOf({ operation: 'remove-background', inputImages: [input] })).rejects.toMatchObject({
      code: 'invalid_request',
      charged: 'no',
      message: expect.stringMatching(message),
    });
  });
});

describe('a format that the model decides', () => {
  const fixed = defineProvider({
    ...sampleParts,
    models: { 'sample-1': { ...sampleCard, formats: ['png', 'jpeg'], formatIsFixed: true } },
  });

  it('cannot be requested, may be left to the model, and is not requested by default', async () => {
    const there = fixed.create({ apiKey: 'sample-key-0123456789' });
    expect((await there.plan({ prompt: 'x', format: 'png' })).refusals).toMatchObject([{ field: 'format' }]);
    const { adaptations, applied } = await there.plan({ prompt: 'x', format: 'png', onUnsupported: 'adapt' });
    expect(adaptations).toMatchObject([{ field: 'format', message: expect.stringMatching(/one of png, jpeg/) }]);
    expect(applied.format).toBeUndefined();

    await using vendor = await openVendor((_, response) =>
      sendJson(response, { images: [WHITE_PNG.toString('base64')] }),
    );
    const result = await fixed.create({ apiKey: 'sample-key-0123456789', baseUrl: vendor.url }).generateImage('a dot');
    expect(result.format).toBe('png');
    expect(vendor.received[0]?.body).not.toContain('format');
  });
});
