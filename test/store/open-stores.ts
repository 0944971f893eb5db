/** Opens stores for a test and closes them afterwards. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { createStore, type Store, type StoreSettings } from '../../src/store/index.ts';
import { databaseOf } from './databases.ts';
import { filesIn, useFolder } from './support.ts';

export const NOON = Date.UTC(2026, 10, 25, 12);

/** Each test has its own folder. By default, all stores of a test have the same directory. */
export function useStores(): {
  readonly folder: () => string;
  readonly open: (settings?: Partial<StoreSettings>) => Store;
} {
  const folder = useFolder();
  const stores: Store[] = [];
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });
  let clockReads = 0;
  return {
    folder,
    open(settings = {}) {
      // Each reading of the clock adds a second, so that later images have later times.
      const now = () => NOON + 1_000 * clockReads++;
      const { directory = join(folder(), 'images') } = settings;
      const store = createStore({ directory, now, ...databaseOf(directory), ...settings });
      stores.push(store);
      return store;
    },
  };
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
export const idsOf = (found: readonly { readonly id: string }[]): readonly string[] => found.map(({ id }) => id);

/** Returns the names and contents of all files. The store must be closed, because reading an open database releases its locks. */
export async function contentsOf(directory: string): Promise<string> {
  const files = await filesIn(directory);
  const texts = await Promise.all(files.map((path) => readFile(join(directory, path), 'latin1')));
  return [...files, ...texts].join('\n');
}
