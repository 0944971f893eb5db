/** PGlite for tests: PostgreSQL inside the process. The run sets up its files once, because `initdb` takes longer than most tests on it. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { TEMPORARY_ROOT } from './temporary-root.ts';

/** @returns a database of its own, without tables. Close it after the last test. */
export async function openPglite(): Promise<PGlite> {
  const root = process.env[TEMPORARY_ROOT];
  if (root === undefined) throw new Error(`${TEMPORARY_ROOT} is not set: run the tests with vitest`);
  const files = join(root, 'pglite.tar');
  if (existsSync(files)) return PGlite.create({ loadDataDir: new Blob([await readFile(files)]) });
  const pglite = await PGlite.create();
  await writeOnce(files, pglite);
  return pglite;
}

/** Of the workers that start at the same time, one writes the files. */
async function writeOnce(files: string, pglite: PGlite): Promise<void> {
  const folder = `${files}.new`;
  const isFirst = await mkdir(folder).then(
    () => true,
    () => false,
  );
  if (!isFirst) return;
  const written = await pglite.dumpDataDir('none');
  await writeFile(join(folder, 'files'), new Uint8Array(await written.arrayBuffer()));
  await rename(join(folder, 'files'), files);
  await rmdir(folder);
}
