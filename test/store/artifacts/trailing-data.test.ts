/** Images with bytes after their end, from the provider to the store. */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { expect, it } from 'vitest';
import { createImageManager } from '../../../src/index.ts';
import { createStore } from '../../../src/store/index.ts';
import { files } from '../../providers/kit/image/samples.ts';
import { useFolder } from '../support.ts';

const folder = useFolder();
const TAIL = Buffer.from('PK\x03\x04<!doctype html><script>alert(1)</script>');

it.each([
  ['png', '.png'],
  ['jpeg', '.jpg'],
  ['webp', '.webp'],
  ['gif', '.gif'],
  ['avif', '.avif'],
] as const)(
  'bytes after the end of a %s are saved, recorded in the sidecar and reported by verify',
  async (format, extension) => {
    const imageBytes = new Uint8Array(Buffer.concat([files[format], TAIL]));
    const provider = { generateImage: async () => ({ imageBytes, format, promptUsed: 'a fox', model: 'own-1' }) };
    const store = createStore({ directory: folder() });
    const images = createImageManager({ providers: { own: provider }, store });
    const { saved, warnings } = await images.generate({ prompt: 'a fox' });
    expect(warnings.map(({ code }) => code)).toContain('trailing_data');
    const [{ id, path } = { id: '', path: '' }] = saved;
    const artifact = await store.get(id);
    expect(artifact).toMatchObject({
      format,
      mediaType: `image/${format}`,
      trailingBytes: TAIL.length,
      warnings: [expect.stringContaining(`${TAIL.length} bytes follow the end of image 1`)],
    });
    expect(extname(path)).toBe(extension);
    expect((await readFile(path)).subarray(-TAIL.length).equals(TAIL)).toBe(true);
    expect(await store.verify()).toEqual({
      intact: 1,
      findings: [],
      notes: [{ kind: 'trailing-data', path, says: expect.stringContaining(`${TAIL.length} bytes`) }],
    });
    await images.close();
    await store.close();
  },
);

it('the sidecar of an image without such bytes does not mention them', async () => {
  const provider = {
    generateImage: async () => ({ imageBytes: files.png, format: 'png', promptUsed: 'a fox', model: 'own-1' }) as const,
  };
  const store = createStore({ directory: folder() });
  const images = createImageManager({ providers: { own: provider }, store });
  const { saved } = await images.generate({ prompt: 'a fox' });
  expect(await store.get(saved[0]!.id)).not.toHaveProperty('trailingBytes');
  await images.close();
  await store.close();
});
