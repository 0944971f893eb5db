/** A home directory with a store, and the command line that runs in it. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createImageManager, StubProvider, setProvider } from '../../../src/index.ts';
import { createStore, type StoreSettings } from '../../../src/store/index.ts';
import { type Ended, imagen, type RunOptions, temporaryFolder } from './support.ts';

export interface Shown {
  readonly id: string;
  readonly path: string;
  readonly prompt: string;
  readonly selection?: string;
}

/** Opens one directory as home and current directory, with the store in its default place. */
export async function openWorkshop({ env, ...options }: Omit<RunOptions, 'cwd'> = {}) {
  const folder = await temporaryFolder();
  const run = (...args: readonly string[]): Promise<Ended> =>
    imagen(args, { ...options, cwd: folder.path, env: { HOME: folder.path, ...env } });
  /** Returns all images of the store, the latest first. */
  const kept = async (...args: readonly string[]) => {
    const { stdout } = await run('history', 'search', '--rejected-too', '--json', ...args);
    return (JSON.parse(stdout) as { readonly images: readonly Shown[] }).images;
  };
  const store = (settings: Partial<StoreSettings> = {}) =>
    createStore({ directory: join(folder.path, '.local/share/imagen'), ...settings });
  /** Generates small images with the stub, without the command line. @returns their ids */
  const draw = async (
    prompt: string,
    { n = 1, ...settings }: Partial<StoreSettings> & { readonly n?: number } = {},
  ) => {
    const own = store(settings);
    const images = createImageManager({ providers: { stub: new StubProvider() }, store: own });
    const generation = await images.generate({ prompt, size: '64x48', n });
    await own.close();
    return generation.saved.map(({ id }) => id);
  };
  return { path: folder.path, run, kept, store, draw, [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
}

/** Replaces the stub for one test, and records its calls. */
export function watchStub(settings: ConstructorParameters<typeof StubProvider>[0] = {}): StubProvider {
  const stub = new StubProvider(settings);
  onTestFinished(setProvider('stub', stub));
  return stub;
}

/** Returns the last request of the stub. */
export function lastRequest({ calls }: StubProvider) {
  const call = calls.at(-1);
  if (call === undefined || !('request' in call)) throw new Error('the stub received no request');
  return { inputImages: undefined, ...call.request };
}
