/** Saving one image without a store. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { saveImage } from '../../../src/store/index.ts';
import { useStores } from '../open-stores.ts';
import { someBytes } from '../sample-images.ts';

const { folder } = useStores();

describe('saveImage', () => {
  it('F12: saveImage writes one file, whose extension follows the bytes', async () => {
    const bytes = someBytes();
    expect(await saveImage({ imageBytes: bytes, format: 'jpeg' }, join(folder(), 'fox.png'))).toBe(
      join(folder(), 'fox.jpg'),
    );
    expect(await saveImage({ imageBytes: bytes, format: 'jpeg' }, join(folder(), 'owl.JPEG'))).toBe(
      join(folder(), 'owl.JPEG'),
    );
    expect(await saveImage({ imageBytes: bytes, format: 'png' }, join(folder(), 'x.png.html'))).toBe(
      join(folder(), 'x.png.html.png'),
    );
    expect(new Uint8Array(await readFile(join(folder(), 'fox.jpg')))).toEqual(bytes);
  });

  it('F10: saveImage uses the next free name', async () => {
    const save = () => saveImage({ imageBytes: someBytes(), format: 'png' }, join(folder(), 'fox.png'));
    const paths = await Promise.all(Array.from({ length: 20 }, save));
    expect(new Set(paths).size).toBe(20);
    expect(await readdir(folder())).toHaveLength(20);
  });

  it('names the missing directory', async () => {
    const saving = saveImage({ imageBytes: someBytes(), format: 'png' }, join(folder(), 'absent', 'fox.png'));
    await expect(saving).rejects.toMatchObject({
      code: 'invalid_request',
      message: `the directory ${join(folder(), 'absent')} does not exist`,
    });
  });
});
