/** What the store's tests share: pictures without a provider, a folder for each test, and processes that can be watched and killed. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'vitest';
import type { GeneratedImage, ImageGeneration, JobHandle } from '../../src/providers/protocol/index.ts';
import { FILES, type FileOperations } from '../../src/store/files.ts';
import type { Circumstances, Store } from '../../src/store/index.ts';

export interface Sketch {
  readonly prompt?: string;
  readonly id?: string;
  readonly bytes?: Uint8Array;
  readonly format?: GeneratedImage['format'];
  readonly model?: string;
  readonly seed?: number;
  readonly job?: string;
  readonly usd?: number;
}

export const randomId = () => randomBytes(16).toString('hex');
/** To a store, bytes are bytes; a few are a picture. */
export const someBytes = (length = 300) => new Uint8Array(randomBytes(length));

export const handleOf = (id: string, prompt = 'a red fox'): JobHandle => ({
  version: 1,
  provider: 'jobs',
  model: 'test-1',
  id,
  submittedAt: '2026-11-25T12:00:00.000Z',
  request: { prompt, n: 1 },
});

/** One finished call with as many pictures as there are sketches. */
export function drawn(first: Sketch = {}, ...others: readonly Sketch[]): ImageGeneration {
  const toImage = ({
    prompt = 'a red fox',
    id = randomId(),
    bytes = someBytes(),
    ...more
  }: Sketch): GeneratedImage => ({
    id,
    imageBytes: bytes,
    format: more.format ?? 'png',
    mediaType: 'image/png',
    promptUsed: prompt,
    model: more.model ?? 'test-1',
    width: 64,
    height: 64,
    ...(more.seed !== undefined && { seed: more.seed }),
  });
  const { prompt = 'a red fox', model = 'test-1', usd, job } = first;
  return {
    images: [toImage(first), ...others.map(toImage)],
    failures: [],
    provider: 'test',
    model,
    warnings: [],
    applied: { model, n: 1 + others.length },
    cost: usd === undefined ? { basis: 'unknown' } : { usd, basis: 'reported' },
    timing: { startedAt: 1_795_000_000_000, durationMs: 10 },
    ...(job !== undefined && { job: handleOf(job, prompt) }),
  };
}

export function about(generation: ImageGeneration, more: Partial<Circumstances> = {}): Circumstances {
  const [{ promptUsed: prompt }] = generation.images;
  return { provider: 'test', request: { prompt }, applied: generation.applied, parents: [], ...more };
}

/** Saves one picture. */
export async function saved(store: Store, sketch: Sketch = {}, more: Partial<Circumstances> = {}) {
  const generation = drawn(sketch);
  const [kept] = await store.save(generation, about(generation, more));
  return { ...kept!, bytes: generation.images[0].imageBytes };
}

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

export const errorOf = (code: string) => Object.assign(new Error(`${code}: planned`), { code });

/** Called before each operation, with its name and the path it is about; what it throws is what the operation throws. */
export type Watch = (operation: string, path: string) => void | Promise<void>;

const NAMES = [
  'open',
  'link',
  'rename',
  'unlink',
  'mkdir',
  'readdir',
  'readFile',
  'lstat',
  'copyFile',
  'access',
  'realpath',
] as const;
const OF_HANDLES: readonly string[] = ['writeFile', 'sync', 'close'];

/** The platform's operations, those of opened files too, each of which is told before, and after. */
export function watchedFiles(before: Watch, after: Watch = () => undefined): FileOperations {
  type Work = (...args: readonly unknown[]) => Promise<unknown>;
  const around =
    (name: string, path: (args: readonly unknown[]) => string, work: Work): Work =>
    async (...args) => {
      await before(name, path(args));
      const result = await work(...args);
      await after(name, path(args));
      return result;
    };
  const watchHandle = (handle: object, path: string) =>
    new Proxy(handle, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        const work = value.bind(target) as Work;
        return OF_HANDLES.includes(String(name)) ? around(String(name), () => path, work) : work;
      },
    });
  const entries = NAMES.map((name) => {
    const work = FILES[name] as Work;
    const opened: Work = async (...args) => watchHandle((await work(...args)) as object, String(args[0]));
    // Of two paths the one that comes to be is what it is about.
    const pathOf = (args: readonly unknown[]) => String(name === 'link' || name === 'rename' ? args[1] : args[0]);
    return [name, around(name, pathOf, name === 'open' ? opened : work)];
  });
  return Object.fromEntries(entries) as FileOperations; // every name of it stands in NAMES
}

const pathOfChild = (name: string) => fileURLToPath(new URL(`children/${name}`, import.meta.url));
const hooks = fileURLToPath(new URL('../faults/children/source-hooks.ts', import.meta.url));

export interface Child {
  readonly process: ChildProcessWithoutNullStreams;
  readonly output: () => string;
  /** Settles when it is gone. */
  readonly end: Promise<{
    readonly signal: NodeJS.Signals | null;
    readonly code: number | null;
    readonly errors: string;
  }>;
}

/** Runs a file of `children/` against the sources, as a process of its own. */
export function startChild(file: string, env: Readonly<Record<string, string>>): Child {
  const args = ['--disable-warning=ExperimentalWarning', '--import', hooks, pathOfChild(file)];
  const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH, ...env }, timeout: 120_000 });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const end = new Promise<Awaited<Child['end']>>((done) =>
    child.on('close', (code, signal) => done({ code, signal, errors })),
  );
  return { process: child, output: () => output, end };
}

/** Runs a child to its end. @throws Error with what it said, where it failed */
export async function runChild(file: string, env: Readonly<Record<string, string>>): Promise<string> {
  const child = startChild(file, env);
  const { code, signal, errors } = await child.end;
  if (code !== 0) throw new Error(`${file} ended with ${code ?? signal}: ${errors}`);
  return child.output();
}

/** Whole lines alone: the last one may have been cut off by a kill. */
export const linesOf = (output: string): readonly string[] => output.split('\n').slice(0, -1);
