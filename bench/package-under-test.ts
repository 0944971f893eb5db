/** What is measured: the built package, or its sources bundled in the same way. And the children, without the cost of stripping types. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Inside node_modules, so that the packages are found from there and nothing of it is ever committed. */
export const workplace = join(root, 'node_modules', '.cache', 'ai-image-bench');

export interface PackageUnderTest {
  /** The entry, as a file URL. */
  readonly entry: string;
  readonly description: string;
}

/** @param fromSources bundle the sources even when dist/ exists */
export async function preparePackage(fromSources: boolean): Promise<PackageUnderTest> {
  const built = join(root, 'dist', 'index.js');
  const builtAt = await changedAt(built);
  if (fromSources || builtAt === undefined) {
    const outdir = join(workplace, 'package');
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
    return { entry: pathToFileURL(join(outdir, 'index.js')).href, description: 'src/, bundled now' };
  }
  const isStale = builtAt < (await newestSource());
  return {
    entry: pathToFileURL(built).href,
    description: isStale ? 'dist/, OLDER THAN src/: run npm run build' : 'dist/',
  };
}

/** Children as JavaScript: stripping types takes memory and time that would count as theirs. */
export async function prepareChildren(): Promise<string> {
  const outdir = join(workplace, 'child');
  await rm(outdir, { recursive: true, force: true });
  await build({
    entryPoints: ['main', 'first-image', 'first-chunks', 'list-modules', 'list-store'].map((name) =>
      join(root, 'bench', 'child', `${name}.ts`),
    ),
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    packages: 'external',
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
    () => undefined, // not there
  );
}
