/** Shared by the tests with clients that other people wrote: a server on a real socket, before a vendor that counts what it bills. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll } from 'vitest';
import { createImageManager, createProvider } from '../../../src/index.ts';
import type { ManagerSettings } from '../../../src/manager/index.ts';
import { createStore } from '../../../src/store/index.ts';
import { type TestServer, type TestServerSettings, useServers } from '../support.ts';
import { type ImagesVendor, openImagesVendor, type VendorScript } from './images-vendor.ts';

export interface ServerWithVendor extends TestServer {
  readonly vendor: ImagesVendor;
}

export interface ServerWithVendorSettings extends Omit<TestServerSettings, 'providers'> {
  /** What the vendor does. @default it answers with images */
  readonly script?: VendorScript;
  /** Limits of spending. */
  readonly budget?: ManagerSettings['budget'];
}

/** The key of the vendor. No answer of the server may have it. */
export const VENDOR_KEY = 'sk-vendor-5Tq8Zw2Lk9Vx4Rn7';

export function useServersWithVendors(): (settings?: ServerWithVendorSettings) => Promise<ServerWithVendor> {
  const startServer = useServers();
  const opened: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of opened.splice(0).toReversed()) await close();
  });
  return async ({ script, budget, ...settings } = {}) => {
    const vendor = await openImagesVendor(script);
    opened.push(vendor.close);
    const provider = createProvider('openai', { apiKey: VENDOR_KEY, baseUrl: `${vendor.origin}/v1` });
    const providers = { openai: provider };
    if (budget === undefined) return { ...(await startServer({ providers, ...settings })), vendor };
    const folder = await mkdtemp(join(tmpdir(), 'ai-image-clients-'));
    opened.push(() => rm(folder, { recursive: true, force: true }));
    const store = createStore({ directory: join(folder, 'images'), marks: 'none' });
    const manager = createImageManager({ providers, store, budget });
    opened.push(() => store.close());
    opened.push(() => manager.close());
    return { ...(await startServer({ ...settings, manager, store })), vendor };
  };
}

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash('sha256')
    .update(typeof bytes === 'string' ? Buffer.from(bytes, 'base64') : bytes)
    .digest('hex');

/** Something that others wait for until a test lets them go on. */
export function createGate(): { readonly passed: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: () => resolve() };
}

/** A mask as OpenAI takes it: opaque, with a transparent square in the middle. */
export async function maskWithHole(): Promise<Uint8Array> {
  const black = { r: 0, g: 0, b: 0, alpha: 1 };
  const hole = sharp({ create: { width: 512, height: 512, channels: 4, background: black } }).png();
  const mask = sharp({ create: { width: 1024, height: 1024, channels: 4, background: black } })
    .composite([{ input: await hole.toBuffer(), blend: 'dest-out', left: 256, top: 256 }])
    .png();
  return new Uint8Array(await mask.toBuffer());
}
