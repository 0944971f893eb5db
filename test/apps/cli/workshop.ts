/** A person's home with a store in it, and the command line at work there. */
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { createImageManager, StubProvider, setProvider } from '../../../src/index.ts';
import { createStore, type StoreSettings } from '../../../src/store/index.ts';
import { type Ended, imagen, type RunOptions, temporaryFolder } from './support.ts';

export interface Shown {
  readonly id: string;
  readonly path: string;
  readonly prompt: string;
  readonly selection?: string;
}

/** A folder that is home, working directory and, in its usual place, the store. */
export async function openWorkshop({ env, ...options }: Omit<RunOptions, 'cwd'> = {}) {
  const folder = await temporaryFolder();
  const run = (...args: readonly string[]): Promise<Ended> =>
    imagen(args, { ...options, cwd: folder.path, env: { HOME: folder.path, ...env } });
  /** Everything in the store, the latest first. */
  const kept = async (...args: readonly string[]) => {
    const { stdout } = await run('history', 'search', '--rejected-too', '--json', ...args);
    return (JSON.parse(stdout) as { readonly pictures: readonly Shown[] }).pictures;
  };
  const store = (settings: Partial<StoreSettings> = {}) =>
    createStore({ directory: join(folder.path, '.local/share/imagen'), ...settings });
  /** Draws small pictures with the stub, without the command line. @returns their ids */
  const draw = async (
    prompt: string,
    { n = 1, ...settings }: Partial<StoreSettings> & { readonly n?: number } = {},
  ) => {
    const own = store(settings);
    const images = createImageManager({ providers: { stub: new StubProvider() }, store: own });
    const generation = await images.generate({ prompt, size: '64x48', n });
    await own.close();
    return generation.kept.map(({ id }) => id);
  };
  return { path: folder.path, run, kept, store, draw, [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
}

const restores: (() => void)[] = [];
afterEach(() => {
  for (const restore of restores.splice(0)) restore();
});

/** Stands in the place of the stub, for one test, and remembers its calls. */
export function watchStub(settings: ConstructorParameters<typeof StubProvider>[0] = {}): StubProvider {
  const stub = new StubProvider(settings);
  restores.push(setProvider('stub', stub));
  return stub;
}

/** What the stub was asked last. */
export function lastRequest({ calls }: StubProvider) {
  const call = calls.at(-1);
  if (call === undefined || !('request' in call)) throw new Error('the stub was asked nothing');
  return { inputImages: undefined, ...call.request };
}
