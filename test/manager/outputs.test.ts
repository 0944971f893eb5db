import { expect, it } from 'vitest';
import { createImageManager, toBase64, toBlob, toDataUrl } from '../../src/manager/index.ts';
import { PaidProvider, small } from './support.ts';

it('converts an image to base64, a data: link and a Blob', async () => {
  const { images } = await createImageManager({ providers: { paid: new PaidProvider() } }).generate(small);
  const [image] = images;
  const base64 = Buffer.from(image.imageBytes).toString('base64');
  expect(toBase64(image)).toBe(base64);
  expect(toDataUrl(image)).toBe(`data:image/png;base64,${base64}`);
  const blob = toBlob(image);
  expect([blob.type, Buffer.from(await blob.arrayBuffer()).equals(Buffer.from(image.imageBytes))]).toEqual([
    'image/png',
    true,
  ]);
});
