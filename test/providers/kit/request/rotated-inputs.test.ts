/** A mask belongs to stored pixels: an image that is shown turned has none. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodePng } from '../../../../src/providers/kit/image/png.ts';
import { defineProvider, type EditArgs, postForm } from '../../../../src/providers/kit/index.ts';
import type { AiImageError, ModelCard } from '../../../../src/providers/protocol/index.ts';
import { pngWithChunk } from '../../../provenance/support/files.ts';
import { openVendor, sampleCard, sampleParts, sendJson, WHITE_PNG } from '../support/vendor.ts';

const mask = await encodePng({ width: 64, height: 48, channels: 1, data: new Uint8Array(64 * 48).fill(255) });
const photo = (format: 'jpeg' | 'png' | 'webp', orientation?: number) => {
  const plain = sharp({ create: { width: 64, height: 48, channels: 3, background: 'red' } });
  return (orientation === undefined ? plain : plain.withMetadata({ orientation })).toFormat(format).toBuffer();
};

const models = {
  'sample-1': {
    ...sampleCard,
    edit: {
      maxInputs: 2,
      maxInputBytes: 100_000,
      inputFormats: ['png', 'jpeg', 'webp'],
      operations: ['edit', 'inpaint'],
      mask: { convention: 'white-repaints' },
    },
  },
} as const satisfies Record<string, ModelCard>;

const sample = defineProvider({
  ...sampleParts,
  models: models as Readonly<Record<string, ModelCard>>,
  toEdit: ({ prompt, inputs, mask: hole }: EditArgs<unknown>) =>
    postForm('edits', { prompt, image: inputs, mask: hole }),
});

const openSample = async () => {
  const vendor = await openVendor((_, response) => sendJson(response, { images: [WHITE_PNG.toString('base64')] }));
  const provider = sample.create({ apiKey: 'sample-key-0123456789', baseUrl: vendor.url });
  return { vendor, provider, [Symbol.asyncDispose]: () => vendor[Symbol.asyncDispose]() };
};

describe('an input image that is rotated by its metadata', () => {
  it.each(['jpeg', 'png', 'webp'] as const)('is refused with a mask, before the call: %s', async (format) => {
    await using open = await openSample();
    const inputImages = [await photo(format, 6)];
    const failure = await open.provider.edit({ prompt: 'a hat', inputImages, mask }).then(
      () => expect.unreachable('it succeeded'),
      (error: AiImageError) => error,
    );
    expect(failure).toMatchObject({
      code: 'invalid_request',
      charged: 'no',
      message: expect.stringMatching(
        /^sample: inputImages\.0 is rotated or mirrored by its metadata \(EXIF orientation 6\)/,
      ),
      hint: expect.stringMatching(/Rotate the pixels.*autoOrient/),
    });
    await expect(open.provider.plan({ prompt: 'a hat', inputImages, mask })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    expect(open.vendor.received).toEqual([]);
  });

  it('is accepted without a mask, and after the first image', async () => {
    await using open = await openSample();
    const [turned, upright] = [await photo('jpeg', 6), await photo('jpeg', 1)];
    await open.provider.edit({ prompt: 'a hat', inputImages: [turned] });
    await open.provider.edit({ prompt: 'a hat', inputImages: [upright, turned], mask });
    await open.provider.edit({ prompt: 'a hat', inputImages: [await photo('webp')], mask });
    expect(open.vendor.received).toHaveLength(3);
  });

  it('is also refused if the mask is rotated', async () => {
    await using open = await openSample();
    const exif = Buffer.from('II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x03\0\0\0\0\0\0\0', 'latin1');
    const request = { prompt: 'a hat', inputImages: [await photo('png')], mask: pngWithChunk(mask, 'eXIf', exif) };
    await expect(open.provider.edit(request)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('mask is rotated or mirrored by its metadata (EXIF orientation 3)'),
    });
    expect(open.vendor.received).toEqual([]);
  });
});
