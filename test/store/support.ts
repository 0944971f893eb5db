/** Shared by the tests of the store: a folder for each test, and lists of its files. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** Creates a folder for each test and deletes it afterwards. */
export function useFolder(): () => string {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ai-image-store-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  return () => folder;
}

/** Returns the relative paths of all files below a directory. */
export async function filesIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

/** Returns images, sidecars and other files outside the store's own folder. */
export const publicFiles = async (directory: string) =>
  (await filesIn(directory)).filter((path) => !path.startsWith('.ai-image'));

/** Returns the files of operations in progress. */
export const incomingFiles = (directory: string) => readdir(join(directory, '.ai-image', 'incoming'));
