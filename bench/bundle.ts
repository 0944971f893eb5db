/**
 * Bundle size of a browser app: minified by esbuild with browser conditions, in kB of 1000 bytes. Two figures per app: the chunks that a
 * page loads until its first image (found by generating a PNG and listing the loaded chunks), and all chunks.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { workFolder } from './package-under-test.ts';
import { runNode } from './processes.ts';
import type { Row } from './report.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Bundle {
  readonly title: string;
  readonly code: string;
  readonly limits: { readonly untilFirstImage?: Limits; readonly all: Limits };
}

/** kB minified and gzipped. */
type Limits = readonly [minified: number, gzipped: number];

const OPENAI_CLIENT = `import OpenAI from 'openai';
  export const make = (apiKey) =>
    new OpenAI({ apiKey, dangerouslyAllowBrowser: true }).images.generate({ prompt: 'a fox' });`;

/** Bundles src/ instead of dist/: a bundler sees the same modules in both. */
const bundles: readonly Bundle[] = [
  {
    title: 'one provider',
    code: `import { createOpenAI } from './src/providers/openai/index.ts';
      export const make = (apiKey) => createOpenAI({ apiKey }).generate({ prompt: 'a fox' });`,
    limits: { untilFirstImage: [80, 27], all: [80, 27] },
  },
  {
    title: 'all providers',
    code: `import * as aiImage from './src/index.ts';
      export * from './src/index.ts';
      export const make = (apiKey) => aiImage.createProvider('openai', { apiKey }).generate({ prompt: 'a fox' });`,
    limits: { all: [250, 80] },
  },
];

/** @param children the folder with the compiled child programs */
export async function measureBundles(children: string): Promise<readonly Row[]> {
  const openai = await sizesOf(OPENAI_CLIENT, children);
  const rows: Row[] = [];
  for (const { title, code, limits } of bundles) {
    const { untilFirstImage, all } = await sizesOf(code, children);
    rows.push(
      toRow(`${title}, until the first image`, untilFirstImage, openai.untilFirstImage, limits.untilFirstImage),
      toRow(`${title}, all chunks`, all, openai.all, limits.all),
    );
  }
  return rows;
}

function toRow(title: string, ours: Size, openai: Size, limits: Limits | undefined): Row {
  return {
    title: `bundle of ${title}, min / gzip kB`,
    figures: ['-', describe(openai), describe(ours)],
    goals: limits
      ? [
          { label: 'kB minified', value: ours.minified, limit: limits[0], isMinimum: false },
          { label: 'kB gzipped', value: ours.gzipped, limit: limits[1], isMinimum: false },
        ]
      : [],
  };
}

interface Size {
  readonly minified: number;
  readonly gzipped: number;
}

async function sizesOf(
  code: string,
  children: string,
): Promise<{ readonly untilFirstImage: Size; readonly all: Size }> {
  const outdir = join(workFolder, 'bundle');
  await rm(outdir, { recursive: true, force: true });
  const { outputs } = (
    await build({
      stdin: { contents: code, resolveDir: root, loader: 'ts' },
      absWorkingDir: root,
      outdir,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      metafile: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      conditions: ['browser'],
      target: 'es2023',
      alias: { '#platform': `${root}src/transport/platform/web.ts` },
      logLevel: 'error',
    })
  ).metafile;
  const chunks = Object.keys(outputs).map((path) => join(root, path));
  const entry = chunks.find((path) => path.endsWith('stdin.mjs')) ?? '';
  const listed = await runNode(join(children, 'first-chunks.mjs'), { args: [pathToFileURL(entry).href] });
  const loaded = new Set(JSON.parse(listed) as readonly string[]);
  return {
    untilFirstImage: await weigh(chunks.filter((path) => loaded.has(pathToFileURL(path).href))),
    all: await weigh(chunks),
  };
}

/** Each chunk is compressed separately, as servers do. */
async function weigh(paths: readonly string[]): Promise<Size> {
  const chunks = await Promise.all(paths.map((path) => readFile(path)));
  return {
    minified: chunks.reduce((sum, { length }) => sum + length, 0) / 1000,
    gzipped: chunks.reduce((sum, chunk) => sum + gzipSync(chunk, { level: 9 }).length, 0) / 1000,
  };
}

function describe({ minified, gzipped }: Size): string {
  return `${minified.toFixed(0)} / ${gzipped.toFixed(0)}`;
}
