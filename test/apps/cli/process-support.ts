/** Runs the command as a separate process, built from the current source, whether or not the package was built. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { commandLine } from '../../../tsup.config.ts';
import { TEMPORARY_ROOT, withCompileCache } from '../../support/temporary-root.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  /** The output so far. */
  readonly text: { stdout: string; stderr: string };
  /** `exit`: the exit code, or the signal that ended the process. */
  readonly ended: Promise<{ readonly exit: number | string; readonly stdout: string; readonly stderr: string }>;
}

export interface Imagen {
  readonly main: string;
  /** @param env variables beside PATH and a separate HOME */
  readonly start: (args: readonly string[], cwd: string, env?: Readonly<Record<string, string>>) => Started;
  readonly stop: () => Promise<void>;
}

/** Builds the command once for all test files of the run. @returns the folder with `imagen.mjs` */
async function buildOnce(): Promise<string> {
  const bundle = join(process.env[TEMPORARY_ROOT] ?? tmpdir(), 'imagen-bundle');
  if (existsSync(bundle)) return bundle;
  const outDir = await mkdtemp(`${bundle}-`);
  await build({
    ...commandLine,
    config: false,
    silent: true,
    entry: { imagen: join(root, 'src/apps/cli/main.ts') },
    outDir,
    outExtension: () => ({ js: '.mjs' }),
  });
  // If another worker was faster, its bundle is used.
  await rename(outDir, bundle).catch(() => undefined);
  return bundle;
}

export async function bundleImagen(): Promise<Imagen> {
  const main = join(await buildOnce(), 'imagen.mjs');
  const home = await mkdtemp(join(tmpdir(), 'imagen-home-'));
  return {
    main,
    start(args, cwd, env = {}) {
      const { PATH = '' } = process.env;
      const child = spawn(process.execPath, [main, ...args], {
        cwd,
        env: { PATH, HOME: home, ...withCompileCache(), ...env },
      });
      const text = { stdout: '', stderr: '' };
      for (const name of ['stdout', 'stderr'] as const) {
        child[name].on('data', (chunk: Buffer) => {
          text[name] += chunk.toString();
        });
      }
      return { child, text, ended: endOf(child).then((exit) => ({ exit, ...text })) };
    },
    stop: () => rm(home, { recursive: true, force: true }),
  };
}

async function endOf(child: ChildProcessWithoutNullStreams): Promise<number | string> {
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return code ?? signal ?? 'unknown';
}
