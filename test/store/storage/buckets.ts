/** Servers of buckets and stores on them, for one test file. Each test has its own folder. */
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { createStore, type S3Settings, type Store, type StoreSettings } from '../../../src/store/index.ts';
import { useShortWaits } from '../../support/short-waits.ts';
import { useFolder } from '../support.ts';
import { openS3Server, type S3Kind, type S3Server, type SeenRequest } from './s3-server.ts';

const NOON = Date.UTC(2026, 10, 25, 12);

type BucketStoreSettings = Partial<Omit<StoreSettings, 's3'>> & { readonly s3?: Partial<S3Settings> };

/** Closes everything after each test: stores first, then their servers. */
export function useBuckets(): {
  readonly serverOf: (kind?: S3Kind) => Promise<S3Server>;
  /** @param settings `directory` is a name in the folder of the test */
  readonly storeOn: (server: S3Server, settings?: BucketStoreSettings) => Store;
} {
  const folder = useFolder();
  useShortWaits();
  const stores: Store[] = [];
  const servers: S3Server[] = [];
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
  });
  let clockReads = 0;
  return {
    async serverOf(kind) {
      const server = await openS3Server(kind);
      servers.push(server);
      return server;
    },
    storeOn(server, { s3, directory = 'pictures', ...settings } = {}) {
      const store = createStore({
        directory: join(folder(), directory),
        marks: 'none',
        now: () => NOON + 1_000 * clockReads++,
        ...settings,
        s3: server.settings(s3),
      });
      stores.push(store);
      return store;
    },
  };
}

export const isImage = ({ method, key }: SeenRequest) => method === 'PUT' && key.endsWith('.png');
export const isSidecar = ({ method, key }: SeenRequest) => method === 'PUT' && key.endsWith('.json');

/** Makes a change by another store just before the server handles the next write of a sidecar. */
export function beforeNextSidecar(server: S3Server, change: () => Promise<unknown>): void {
  server.fault = async (request) => {
    if (!isSidecar(request)) return undefined;
    server.fault = () => undefined;
    await change();
    return undefined;
  };
}
