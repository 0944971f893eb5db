/** Received bytes are saved in the first directory that works; if none does, the error says which were tried and why. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { receivedBytesText, rescueFailedImage, rescueReceivedBytes } from '../../../../src/apps/cli/system/rescue.ts';
import { AiImageError } from '../../../../src/index.ts';
import { temporaryFolder } from '../support.ts';

afterEach(() => vi.unstubAllEnvs());

/** Directories of which each is a file. */
async function noDirectories(folder: string) {
  const file = join(folder, 'file');
  await writeFile(file, '');
  vi.stubEnv('TMPDIR', file);
  return { file, targets: { store: undefined, env: { HOME: join(file, 'home') }, cwd: join(file, 'cwd') } };
}

const damaged = (count: number) =>
  new AiImageError('bad_response', 'the image is damaged', {
    quarantine: Array.from({ length: count }, (_, at) => Uint8Array.of(at)),
  });

it('names the file in which received bytes are', async () => {
  await using folder = await temporaryFolder();
  vi.stubEnv('TMPDIR', folder.path);
  const error = await rescueReceivedBytes(damaged(1), { store: undefined, env: {}, cwd: folder.path });
  expect(error).toMatchObject({ hint: expect.stringMatching(/^The received bytes are in \S+received\.bin\.$/) });
});

it('lists what was tried when received bytes cannot be saved, once for all of them', async () => {
  await using folder = await temporaryFolder();
  const { file, targets } = await noDirectories(folder.path);
  const { hint } = (await rescueReceivedBytes(damaged(2), targets)) as AiImageError;
  const why = 'a part of the path is not a directory (ENOTDIR)';
  const tried = [file, `${file}/home`, `${file}/cwd`].map((directory) => `${directory}: ${why}`);
  expect(hint).toBe(`The received bytes could not be saved. Tried: ${tried.join('; ')}.`);
});

it('also says it of an image that failed beside others', async () => {
  await using folder = await temporaryFolder();
  const { file, targets } = await noDirectories(folder.path);
  const [rescued] = await rescueFailedImage({ index: 0, error: damaged(1) }, targets);
  expect(receivedBytesText(rescued!)).toContain(`received bytes could not be saved. Tried: ${file}: `);
});
