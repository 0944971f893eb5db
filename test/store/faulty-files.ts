/** Stores without marks, on a file system whose operations can be made to fail. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { createStore, type Store, type StoreSettings } from '../../src/store/index.ts';
import { useFolder } from './support.ts';
import { type Watch, watchedFiles } from './watched-files.ts';

export function useUnmarkedStores(): {
  readonly folder: () => string;
  readonly open: (settings?: Partial<StoreSettings>) => Store;
} {
  const folder = useFolder();
  const stores: Store[] = [];
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });
  return {
    folder,
    open(settings = {}) {
      const store = createStore({ directory: join(folder(), 'images'), marks: 'none', ...settings });
      stores.push(store);
      return store;
    },
  };
}

/** Returns the path of a file in the store's own folder. */
export const own = (store: Store, name: string): string => join(store.directory, '.ai-image', name);
export const sidecarOf = (path: string): string => path.replace(/\.\w+$/, '.json');
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
export const hashOf = async (path: string): Promise<string> => sha256(await readFile(path));
export const idsOf = (found: readonly { readonly id: string }[]): readonly string[] => found.map(({ id }) => id).sort();

/** A file system whose operations can be made to fail. */
export function troubled() {
  let watch: Watch = () => undefined;
  return {
    files: watchedFiles((operation, path) => watch(operation, path)),
    trouble(next: Watch) {
      watch = next;
    },
    calm() {
      watch = () => undefined;
    },
  };
}
