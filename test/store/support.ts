/** What the store's tests share: a folder for each test, and what stands in it. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** A folder of its own for each test. */
export function useFolder(): () => string {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ai-image-store-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  return () => folder;
}

/** Every file below a directory, by its way from there. */
export async function filesIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

/** Those that are not the store's own. */
export const publicFiles = async (directory: string) =>
  (await filesIn(directory)).filter((path) => !path.startsWith('.ai-image'));

/** What is under way. */
export const incomingFiles = (directory: string) => readdir(join(directory, '.ai-image', 'incoming'));
