/** Starts processes that use a store. They are built once per run, because many of them are started and killed. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll } from 'vitest';
import { TEMPORARY_ROOT, withCompileCache } from '../support/temporary-root.ts';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export interface Child {
  readonly process: ChildProcessWithoutNullStreams;
  readonly output: () => string;
  /** Settles when the process has ended. */
  readonly end: Promise<{
    readonly signal: NodeJS.Signals | null;
    readonly code: number | null;
    readonly errors: string;
  }>;
}

type Env = Readonly<Record<string, string>>;

export interface Children {
  readonly start: (name: string, env: Env) => Child;
  /** Runs a process to its end. @returns its output @throws Error it failed */
  readonly run: (name: string, env: Env) => Promise<string>;
}

/** Builds the scripts in `children/` once for all test files of the run. @returns their folder */
async function buildOnce(): Promise<string> {
  const built = join(process.env[TEMPORARY_ROOT] ?? tmpdir(), 'store-children');
  if (existsSync(built)) return built;
  const outdir = await mkdtemp(`${built}-`);
  const names = await readdir(source('children'));
  await bundle(
    names.map((name) => source(`children/${name}`)),
    outdir,
  );
  // If another worker was faster, its scripts are used.
  await rename(outdir, built).catch(() => undefined);
  return built;
}

/** Bundles scripts with the sources of the library, so that they start as fast as an installed package. */
export async function bundle(entryPoints: string[], outdir: string): Promise<void> {
  await build({
    entryPoints,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    logLevel: 'error',
    alias: { '#platform': source('../../src/transport/platform/node.ts') },
    external: ['@contentauth/c2pa-wasm', '@trustnxt/c2pa-ts', 'pg-native', 'pg-cloudflare'],
    // For CommonJS packages such as `pg`.
    banner: {
      js: "import { createRequire as toRequire } from 'node:module'; const require = toRequire(import.meta.url);",
    },
  });
}

/** Starts the scripts in `children/`. Their names have no extension. */
export function useChildren(): Children {
  let built = '';
  beforeAll(async () => {
    built = await buildOnce();
  });

  const start = (name: string, env: Env): Child => {
    const args = ['--disable-warning=ExperimentalWarning', join(built, `${name}.mjs`)];
    const child = spawn(process.execPath, args, {
      env: { PATH: process.env.PATH, ...withCompileCache(), ...env },
      timeout: 120_000,
    });
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
  };
  return {
    start,
    async run(name, env) {
      const child = start(name, env);
      const { code, signal, errors } = await child.end;
      if (code !== 0) throw new Error(`${name} ended with ${code ?? signal}: ${errors}`);
      return child.output();
    },
  };
}

/** Returns complete lines. A killed process may have written a part of the last one. */
export const linesOf = (output: string): readonly string[] => output.split('\n').slice(0, -1);
