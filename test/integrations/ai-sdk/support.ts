/** A manager over a vendor on 127.0.0.1 that counts what it bills, as a provider of the AI SDK. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { createImageManager, createProvider, type ImageManager } from '../../../src/index.ts';
import { createImagen, type ImagenProvider } from '../../../src/integrations/ai-sdk/index.ts';
import type { ManagerSettings } from '../../../src/manager/index.ts';
import { createStore, type Store } from '../../../src/store/index.ts';
import { type ImagesVendor, openImagesVendor, type VendorScript } from '../../server/clients/images-vendor.ts';

/** The key of the vendor. No error may have it. */
export const VENDOR_KEY = 'sk-vendor-5Tq8Zw2Lk9Vx4Rn7';

export interface ImagenSetup {
  readonly imagen: ImagenProvider;
  readonly manager: ImageManager;
  readonly store: Store;
  readonly vendor: ImagesVendor;
}

/** Returns a function that opens a vendor, a store and a manager. They are closed after the last test of the file. */
export function prepareImagen(): (script?: VendorScript, settings?: Partial<ManagerSettings>) => Promise<ImagenSetup> {
  const opened: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    for (const close of opened.reverse()) await close();
  });
  return async (script, settings = {}) => {
    const vendor = await openImagesVendor(script);
    opened.push(() => vendor.close());
    const directory = await mkdtemp(join(tmpdir(), 'ai-image-sdk-'));
    opened.push(() => rm(directory, { recursive: true, force: true }));
    const store = createStore({ directory });
    opened.push(() => store.close());
    const openai = createProvider('openai', {
      apiKey: VENDOR_KEY,
      baseUrl: `${vendor.origin}/v1`,
      limits: { maxRetries: 0 },
    });
    const manager = createImageManager({ providers: { openai }, store, ...settings });
    opened.push(() => manager.close());
    return { imagen: createImagen(manager), manager, store, vendor };
  };
}

/** Returns what the promise was rejected with. */
export async function rejectionOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expectedRejection(),
    (error: unknown) => error,
  );
}

function expectedRejection(): never {
  throw new Error('the call succeeded');
}
