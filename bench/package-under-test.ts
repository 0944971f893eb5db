/** Prepares the package to measure (dist/, or src/ bundled in the same way) and compiles the child programs. */
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { build as buildAll } from 'tsup';
import { commandLine } from '../tsup.config.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Inside node_modules, so that imports of packages resolve and nothing is ever committed. */
export const workFolder = join(root, 'node_modules', '.cache', 'ai-image-bench');

/** Longer than any run. */
const MAX_RUN_MS = 3_600_000;

export interface PackageUnderTest {
  /** The entry, as a file URL. */
  readonly entry: string;
  /** The file of the command line, as a path. */
  readonly command: string;
  readonly description: string;
}

/** @param fromSources bundle src/ even if dist/ exists */
export async function preparePackage(fromSources: boolean): Promise<PackageUnderTest> {
  const built = join(root, 'dist', 'index.js');
  const builtAt = await changedAt(built);
  if (fromSources || builtAt === undefined) {
    const outdir = join(workFolder, 'package');
    await rm(outdir, { recursive: true, force: true });
    await build({
      entryPoints: [join(root, 'src', 'index.ts')],
      outdir,
      bundle: true,
      splitting: true,
      format: 'esm',
      target: 'es2023',
      external: ['ky', 'p-retry', 'zod', 'node:*'],
      alias: { '#platform': join(root, 'src', 'transport', 'platform', 'node.ts') },
      logLevel: 'error',
    });
    const commandDir = join(workFolder, 'command');
    await buildAll({ ...commandLine, config: false, silent: true, clean: true, outDir: commandDir });
    return {
      entry: pathToFileURL(join(outdir, 'index.js')).href,
      command: join(commandDir, 'imagen.js'),
      description: 'src/, bundled for this run',
    };
  }
  const isStale = builtAt < (await newestSource());
  return {
    entry: pathToFileURL(built).href,
    command: join(root, 'dist', 'cli', 'imagen.js'),
    description: isStale ? 'dist/, OLDER THAN src/: run npm run build' : 'dist/',
  };
}

/**
 * Compiles the child programs to JavaScript, because stripping types at run time would distort their memory and time. Each call has a folder
 * of its own: two tests that measure at the same time would remove each other's programs. Folders of earlier runs are removed.
 */
export async function prepareChildren(): Promise<string> {
  await mkdir(workFolder, { recursive: true });
  const outdir = await mkdtemp(join(workFolder, 'child-'));
  for (const name of await readdir(workFolder)) {
    const folder = join(workFolder, name);
    const isOld = Date.now() - ((await changedAt(folder)) ?? Date.now()) > MAX_RUN_MS;
    if (name.startsWith('child') && isOld) await rm(folder, { recursive: true, force: true });
  }
  await build({
    entryPoints: [
      'main',
      'first-image',
      'first-chunks',
      'list-modules',
      'list-store',
      'run-worker',
      'image-server',
    ].map((name) => join(root, 'bench', 'child', `${name}.ts`)),
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    packages: 'external',
    alias: { '#platform': join(root, 'src', 'transport', 'platform', 'node.ts') },
    logLevel: 'error',
  });
  return outdir;
}

async function newestSource(): Promise<number> {
  const files = await readdir(join(root, 'src'), { recursive: true, withFileTypes: true });
  const times = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => changedAt(join(file.parentPath, file.name))),
  );
  return Math.max(...times.map((time) => time ?? 0));
}

async function changedAt(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined, // does not exist
  );
}
