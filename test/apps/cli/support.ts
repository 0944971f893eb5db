/** The command line run in this process, with its streams kept. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll } from 'vitest';
import { run } from '../../../src/apps/cli/program.ts';
import { listProviders } from '../../../src/index.ts';

export interface Ended {
  readonly exit: number;
  readonly stdout: string;
  readonly stdoutBytes: Uint8Array;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Standard output is a screen. */
  readonly isTerminal?: boolean;
  /** Standard output takes nothing. */
  readonly isClosed?: boolean;
  /** What comes on standard input. */
  readonly stdin?: string | Uint8Array;
}

/** Everything in the environment that says which provider to use, and where a person's things are. */
const MEANT = [
  ...listProviders().flatMap(({ keyVariables }) => keyVariables),
  ...['AI_IMAGE_PROVIDER', 'OPENAI_BASE_URL', 'IMAGEN_CONFIG', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'HOME'],
];

/** A person's home for the tests of one file: what one command keeps, the next one finds. */
export const home = await mkdtemp(join(tmpdir(), 'imagen-home-'));
afterAll(() => rm(home, { recursive: true, force: true }));

function keep(isClosed = false) {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      if (isClosed) return done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  stream.on('error', () => undefined);
  return { stream, read: () => Buffer.concat(chunks) };
}

/** Runs `imagen …args`. Variables of providers are those of `env` and no others. */
export async function imagen(args: readonly string[], options: RunOptions): Promise<Ended> {
  const { cwd, env = {}, signal = new AbortController().signal, isTerminal = false, isClosed = false, stdin } = options;
  const [out, err] = [keep(isClosed), keep()];
  const before = Object.fromEntries([...MEANT, ...Object.keys(env)].map((name) => [name, process.env[name]]));
  for (const name of MEANT) delete process.env[name];
  Object.assign(process.env, { HOME: home, ...env });
  try {
    const stdout = Object.assign(out.stream, { isTTY: isTerminal });
    const streams = {
      stdout,
      stderr: err.stream,
      stdin: Readable.from(stdin === undefined ? [] : [typeof stdin === 'string' ? Buffer.from(stdin) : stdin]),
    };
    const exit = await run({ args, env: process.env, cwd, signal, version: '1.2.3', ...streams });
    return { exit, stdout: out.read().toString(), stdoutBytes: out.read(), stderr: err.read().toString() };
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** An empty folder, gone afterwards. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'imagen-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
