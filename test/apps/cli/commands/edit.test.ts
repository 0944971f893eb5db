/** imagen edit and continue: an existing image becomes a new one, and the store records its parent. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createStore } from '../../../../src/store/index.ts';
import { openVendor, sendJson, WHITE_PNG } from '../../../providers/kit/support/vendor.ts';
import { imagen, temporaryFolder } from '../support.ts';

const stub = ['--provider', 'stub', '--size', '64x64'];

async function lineageOf(directory: string, prompt: string) {
  const store = createStore({ directory });
  try {
    const [found] = await store.search({ text: prompt });
    return await store.get(found?.id ?? '');
  } finally {
    await store.close();
  }
}

describe('imagen edit', () => {
  it('changes a file with a prompt', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'white.png'), WHITE_PNG);
    const { exit, stdout } = await imagen(['edit', 'white.png', 'a', 'red', 'hat', '--provider', 'stub'], {
      cwd: folder.path,
    });
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `${join(folder.path, 'a-red-hat.png')}\n` });
  });

  it('sends the image and the prompt to the vendor', async () => {
    await using folder = await temporaryFolder();
    await using vendor = await openVendor((_, response) =>
      sendJson(response, { data: [{ b64_json: WHITE_PNG.toString('base64') }] }),
    );
    await writeFile(join(folder.path, 'white.png'), WHITE_PNG);
    const { exit } = await imagen(['edit', 'white.png', 'a hat'], {
      cwd: folder.path,
      env: { OPENAI_API_KEY: 'sk-canary-0123456789abcdef', OPENAI_BASE_URL: vendor.url },
    });
    expect(exit).toBe(0);
    const [asked] = vendor.received;
    expect(asked?.path).toContain('/images/edits');
    expect(asked?.body).toContain('a hat');
  });

  it('finds a stored image by the beginning of its id, and records it as the parent', async () => {
    await using folder = await temporaryFolder();
    const kept = ['--store', 'pictures'];
    const { stdout } = await imagen(['generate', 'a fox', ...stub, ...kept, '--json'], { cwd: folder.path });
    const [{ id }] = (JSON.parse(stdout) as { images: [{ id: string }] }).images;
    const { exit } = await imagen(['edit', id.slice(0, 6), 'a hat', ...stub, ...kept], { cwd: folder.path });
    expect(exit).toBe(0);
    expect(await lineageOf(join(folder.path, 'pictures'), 'a hat')).toMatchObject({ parents: [id] });
  });

  it.each([
    [['edit', 'nobody.png', 'a hat'], 'no such file\nimagen: Check the path.'],
    [['edit', './', 'a hat'], 'it is a directory\nimagen: Name a file.'],
    [['edit', 'deadbeef', 'a hat'], 'no image with the id'],
    [['edit', 'white.png'], 'the prompt is empty'],
    [['edit', 'white.png', 'a hat', '--operation', 'repaint'], 'operation'],
    [['edit', 'text.png', 'a hat'], ''],
  ])('%j is refused before anything is sent', async (args, says) => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'white.png'), WHITE_PNG);
    await writeFile(join(folder.path, 'text.png'), 'no picture');
    await using vendor = await openVendor((_, response) => sendJson(response, {}));
    const { exit, stderr, stdout } = await imagen(args, {
      cwd: folder.path,
      env: { OPENAI_API_KEY: 'sk-canary-0123456789abcdef', OPENAI_BASE_URL: vendor.url },
    });
    expect({ exit, stdout, asked: vendor.received.length }).toEqual({ exit: 2, stdout: '', asked: 0 });
    expect(stderr).toContain(says);
  });
});

describe('imagen continue', () => {
  it('continues from the latest image with its provider and model', async () => {
    await using folder = await temporaryFolder();
    const kept = ['--store', 'pictures'];
    await imagen(['generate', 'a fox', ...stub, ...kept], { cwd: folder.path });
    const { exit, stdout } = await imagen(['continue', 'last', 'now in snow', ...kept], { cwd: folder.path });
    expect(exit).toBe(0);
    expect((await sharp(await readFile(stdout.trim())).metadata()).format).toBe('png');
    const directory = join(folder.path, 'pictures');
    const [first, second] = [await lineageOf(directory, 'a fox'), await lineageOf(directory, 'now in snow')];
    expect(second).toMatchObject({ parents: [first.id], provider: 'stub', model: first.model });
  });

  it('says what is missing when there is no image to continue from', async () => {
    await using folder = await temporaryFolder();
    const { exit, stderr } = await imagen(['continue', 'last', 'in snow', '--store', 'pictures'], { cwd: folder.path });
    expect(exit).toBe(2);
    expect(stderr).toContain('the store has no images yet');
    const without = await imagen(['continue', 'last', 'in snow', '--no-store'], { cwd: folder.path });
    expect(without).toMatchObject({ exit: 2, stderr: expect.stringContaining('there is no store') });
  });
});
