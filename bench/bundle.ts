/** What a browser app ships: minified by esbuild with browser conditions. In kB of 1000 bytes. */
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Row } from './report.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Bundle {
  readonly title: string;
  readonly code: string;
  /** kB minified and gzipped, of everything. */
  readonly limits: readonly [minified: number, gzipped: number];
}

const OPENAI_CLIENT = `import OpenAI from 'openai';
  globalThis.make = (apiKey) => new OpenAI({ apiKey }).images.generate({ prompt: 'a fox' });`;

/** The sources are bundled, not dist/: a bundler sees the same modules in both. */
const bundles: readonly Bundle[] = [
  {
    title: 'bundle with one provider (openai)',
    code: `import { createOpenAI } from './src/providers/openai/index.ts';
      globalThis.make = (apiKey) => createOpenAI({ apiKey }).generate({ prompt: 'a fox' });`,
    limits: [80, 27],
  },
  {
    title: 'bundle with all providers',
    code: `export * from './src/index.ts';`,
    limits: [250, 80],
  },
];

export async function measureBundles(): Promise<readonly Row[]> {
  const openai = await sizesOf(OPENAI_CLIENT);
  const rows = await Promise.all(bundles.map((bundle) => toRows(bundle, describe(openai.all))));
  return rows.flat();
}

async function toRows({ title, code, limits }: Bundle, openai: string): Promise<readonly Row[]> {
  const { all, atStart } = await sizesOf(code);
  return [
    {
      title: `${title}, min / gzip kB`,
      figures: ['-', openai, describe(all)],
      goals: [
        { label: 'kB minified', value: all.minified, limit: limits[0], isMinimum: false },
        { label: 'kB gzipped', value: all.gzipped, limit: limits[1], isMinimum: false },
      ],
    },
    { title: '  of it loaded at once, without import()', figures: ['-', openai, describe(atStart)], goals: [] },
  ];
}

interface Size {
  readonly minified: number;
  readonly gzipped: number;
}

/** All chunks together, and those that the entry imports statically. */
async function sizesOf(code: string): Promise<{ readonly all: Size; readonly atStart: Size }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: root, loader: 'ts' },
    absWorkingDir: root,
    outdir: 'bundle',
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['browser'],
    target: 'es2023',
    alias: { '#platform': `${root}src/transport/platform/web.ts` },
    logLevel: 'error',
  });
  const contentsOf = new Map(outputFiles.map(({ path, contents }) => [path.slice(root.length), contents]));
  const sizeOf = (paths: Iterable<string>): Size => {
    const chunks = [...paths].map((path) => contentsOf.get(path) ?? new Uint8Array(0));
    return {
      minified: chunks.reduce((sum, { length }) => sum + length, 0) / 1000,
      gzipped: chunks.reduce((sum, chunk) => sum + gzipSync(chunk, { level: 9 }).length, 0) / 1000,
    };
  };
  const atStart = new Set(Object.keys(metafile.outputs).filter(isEntry));
  for (const path of atStart) {
    for (const { path: imported, kind } of metafile.outputs[path]?.imports ?? []) {
      if (kind === 'import-statement') atStart.add(imported);
    }
  }
  return { all: sizeOf(contentsOf.keys()), atStart: sizeOf(atStart) };
}

/** Chunks that `import()` leads to are entry points for esbuild too. */
function isEntry(path: string): boolean {
  return path.endsWith('/stdin.js');
}

function describe({ minified, gzipped }: Size): string {
  return `${minified.toFixed(0)} / ${gzipped.toFixed(0)}`;
}
