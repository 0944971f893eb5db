/** An image with something behind its end, from a vendor to the result. */
import { describe, expect, it } from 'vitest';
import { wrapProvider } from '../../../../src/providers/kit/wrap/wrap-provider.ts';
import type { ImageGeneration, MediaProvider } from '../../../../src/providers/protocol/index.ts';
import { StubProvider } from '../../../../src/providers/stub/stub-provider.ts';
import { files } from '../image/samples.ts';
import { openVendor, sample, sendJson } from '../support/vendor.ts';

const TAIL = Buffer.from('PK\x03\x04<!doctype html><script>alert(1)</script>');
const settings = { apiKey: 'sample-key-0123456789' };

describe('an image with bytes after its end', () => {
  it.each(['png', 'jpeg', 'webp', 'gif', 'avif'] as const)(
    'is handed out whole, with a warning: %s',
    async (format) => {
      const file = Buffer.concat([files[format], TAIL]);
      await using vendor = await openVendor((_, response) => sendJson(response, { images: [file.toString('base64')] }));
      const provider = sample.create({ ...settings, baseUrl: vendor.url });
      const { images, warnings, failures } = await provider.generate({ prompt: 'a fox' });
      expect(failures).toEqual([]);
      expect(Buffer.from(images[0].imageBytes).equals(file)).toBe(true);
      expect(images[0]).toMatchObject({ format, mediaType: `image/${format}`, trailingBytes: TAIL.length });
      expect(warnings.filter(({ code }) => code === 'trailing_data')).toEqual([
        {
          code: 'trailing_data',
          message: `sample: ${TAIL.length} bytes follow the end of image 1; the file is kept unchanged`,
        },
      ]);
    },
  );

  it('causes no warning without such bytes', async () => {
    await using vendor = await openVendor((_, response) =>
      sendJson(response, { images: [files.webp.toString('base64')] }),
    );
    const { images, warnings } = await sample
      .create({ ...settings, baseUrl: vendor.url })
      .generate({ prompt: 'a fox' });
    expect(images[0]).not.toHaveProperty('trailingBytes');
    expect(warnings.map(({ code }) => code)).not.toContain('trailing_data');
  });

  it('is detected in the result of a third-party provider, for each image', async () => {
    const file = new Uint8Array(Buffer.concat([files.png, TAIL]));
    const result = { imageBytes: file, format: 'png', promptUsed: 'a fox', model: 'own-1' } as const;
    const adopted = wrapProvider('own', { generateImage: async () => result });
    const single = await adopted.generate({ prompt: 'a fox' });
    expect(single.warnings).toMatchObject([{ code: 'trailing_data', message: expect.stringContaining('image 1') }]);

    const stub = new StubProvider();
    const full: MediaProvider = Object.assign(Object.create(stub), {
      generate: async (): Promise<ImageGeneration> => {
        const generation = await stub.generate({ prompt: 'a fox', n: 2, size: '64x64' });
        const [first, second] = generation.images;
        const behind = (bytes: Uint8Array) => new Uint8Array(Buffer.concat([bytes, TAIL]));
        const images = [first, second!].map((image) => ({ ...image, imageBytes: behind(image.imageBytes) }));
        return { ...generation, images: [images[0]!, images[1]!] };
      },
    });
    const { warnings } = await wrapProvider('own', full).generate({ prompt: 'a fox', n: 2, size: '64x64' });
    const found = warnings.filter(({ code }) => code === 'trailing_data');
    expect(found.map(({ message }) => /image (\d)/.exec(message)?.[1])).toEqual(['1', '2']);
  });
});
