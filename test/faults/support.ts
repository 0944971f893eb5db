/** Shared by the fault tests: a canary key, a small real image, and helpers that observe how a call ends. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createProvider } from '../../src/index.ts';
import type { CommonSettings } from '../../src/providers/kit/adapter/settings.ts';
import { type AiImageError, isAiImageError } from '../../src/providers/protocol/errors.ts';
import { makePng } from '../providers/kit/image/make-png.ts';
import { startStopwatch } from '../support/stopwatch.ts';
import type { HostileServer } from './hostile-server.ts';

/** Must never occur anywhere in the output. */
export const KEY = 'sk-canary-7Hq2Zt9xWb4Lk1Vn8Rm5';
/** Must never occur in errors or on streams. */
export const PROMPT = 'a canary-coloured submarine, drawn for nobody else';

/** Returns a complete PNG of grey noise, so that its length grows with its size. */
export function png(width = 16, height = width): Uint8Array {
  const samples = Array.from({ length: width * height }, (_, index) => (index * 73 + (index >> 3)) & 255);
  return makePng({ width, height, bitDepth: 8, colourType: 0, samples });
}

export const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** Returns a reply as OpenAI sends it. */
export const openaiReply = (...images: readonly Uint8Array[]) => ({
  data: (images.length > 0 ? images : [png()]).map((bytes) => ({ b64_json: base64(bytes) })),
});

export function openai(server: Pick<HostileServer, 'origin'>, settings: CommonSettings = {}) {
  return createProvider('openai', { apiKey: KEY, baseUrl: `${server.origin}/v1`, deadlineMs: 5_000, ...settings });
}

/** Adapters load with the first call. Loads them before the tests, so that measured times are those of calls. */
export const loadAdapters = () => createProvider('openai', { apiKey: KEY }).models();

/** Returns the error of a call that must fail. */
export async function failure(work: Promise<unknown>): Promise<AiImageError> {
  const error: unknown = await work.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!isAiImageError(error)) throw new Error('expected an AiImageError', { cause: error });
  return error;
}

/** @returns milliseconds of this process until `work` settles, either way */
export async function duration(work: Promise<unknown>): Promise<number> {
  const elapsedMs = startStopwatch();
  await work.catch(() => undefined);
  return elapsedMs();
}

export const gaps = ({ hits }: Pick<HostileServer, 'hits'>) =>
  hits.slice(1).map(({ at }, index) => at - (hits[index]?.at ?? 0));

/** Returns the arguments with which Node runs a file of `children/` on the sources. */
export function childArguments(file: string): readonly string[] {
  const pathOf = (name: string) => fileURLToPath(new URL(`children/${name}`, import.meta.url));
  return ['--disable-warning=ExperimentalWarning', '--import', pathOf('source-hooks.ts'), pathOf(file)];
}

/** Runs a file of `children/` as a separate process, to its end. */
export async function runChild(file: string, env: Readonly<Record<string, string>>, flags: readonly string[] = []) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...flags, ...childArguments(file)], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  });
  const texts = { output: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    texts.errors += text;
  });
  const exitCode = await new Promise<number | null>((done) => child.on('close', done));
  return { ...texts, exitCode, durationMs: performance.now() - startedAt };
}
