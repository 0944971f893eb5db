/** Runs the command line in this process and captures its streams. */
import { mkdtempSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { expect } from 'vitest';
import { run } from '../../../src/apps/cli/run.ts';
import { listProviders } from '../../../src/index.ts';
import { TEMPORARY_ROOT } from '../../support/temporary-root.ts';

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
  /** Standard output is a terminal. */
  readonly isTerminal?: boolean;
  /** Every write to standard output fails. */
  readonly isClosed?: boolean;
  /** Content of standard input. */
  readonly stdin?: string | Uint8Array;
}

/** Variables that choose the provider or a directory of the user. */
const ISOLATED_VARIABLES = [
  ...listProviders().flatMap(({ keyVariables }) => keyVariables),
  ...['AI_IMAGE_PROVIDER', 'OPENAI_BASE_URL', 'IMAGEN_CONFIG', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'HOME'],
];

const homes = new Map<string, string>();

/** The home directory for the commands of the running test file. Later commands find what earlier ones saved. */
export function homeFolder(): string {
  const file = expect.getState().testPath ?? '';
  const home = homes.get(file) ?? mkdtempSync(join(process.env[TEMPORARY_ROOT] ?? tmpdir(), 'imagen-home-'));
  homes.set(file, home);
  return home;
}

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

/** Streams of a run, and what was written to them. */
export function streamsOf() {
  const [out, err] = [keep(), keep()];
  const read = () => ({ stdout: out.read().toString(), stderr: err.read().toString() });
  return { streams: { stdout: out.stream, stderr: err.stream, now: () => 0 }, read };
}

/** Runs `imagen …args`. Provider variables come from `env` only. */
export async function imagen(args: readonly string[], options: RunOptions): Promise<Ended> {
  const { cwd, env = {}, signal = new AbortController().signal, isTerminal = false, isClosed = false, stdin } = options;
  const [out, err] = [keep(isClosed), keep()];
  const before = Object.fromEntries(
    [...ISOLATED_VARIABLES, ...Object.keys(env)].map((name) => [name, process.env[name]]),
  );
  for (const name of ISOLATED_VARIABLES) delete process.env[name];
  Object.assign(process.env, { HOME: homeFolder(), ...env });
  try {
    const stdout = Object.assign(out.stream, { isTTY: isTerminal });
    const streams = {
      stdout,
      stderr: err.stream,
      now: () => 0, // no progress lines, however slow the machine is
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

/** Creates an empty directory and removes it afterwards. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'imagen-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
