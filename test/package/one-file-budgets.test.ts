import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Metafile, type Plugin } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { registry } from '../../src/providers/registry.ts';
import { library } from '../../tsup.config.ts';

/** Kilobytes of one minified file that contains everything, also what loads later. */
interface Weight {
  readonly min: number;
  readonly gzip: number;
}

type Bundle = Weight & { readonly inputs: readonly string[]; readonly text: string };

/** The package as published: chunks that the entry points share. */
interface Library {
  readonly folder: string;
  readonly metafile: Metafile;
}

/** Changes the text of one module on its way into the package. */
interface Edit {
  readonly path: string;
  readonly edit: (text: string) => string;
}

const PEERS = Object.keys(manifest.peerDependencies);
const BUNDLED = ['zod', 'yaml', 'aws4fetch'];
const DEPENDENCIES = Object.keys(manifest.dependencies).filter((name) => !BUNDLED.includes(name));
const folders: string[] = [];

/** Builds the package as `npm run build` does, without its types. */
async function buildLibrary(change?: Edit): Promise<Library> {
  const folder = await mkdtemp(join(process.cwd(), 'node_modules/.cache-one-file-')); // ky and p-retry are found from here
  folders.push(folder);
  const edited: Plugin = {
    name: 'edited',
    setup: ({ onLoad }) =>
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (change === undefined || relative(process.cwd(), path) !== change.path) return undefined;
        return { contents: change.edit(await readFile(path, 'utf8')), loader: 'ts' };
      }),
  };
  const { metafile } = await build({
    entryPoints: library.entry,
    outdir: folder,
    bundle: true,
    splitting: true,
    format: library.format,
    target: library.target,
    platform: library.platform,
    mainFields: ['module', 'main'],
    external: ['#platform', 'node:*', ...DEPENDENCIES, ...PEERS],
    metafile: true,
    plugins: [edited],
    logLevel: 'silent',
  });
  return { folder, metafile };
}

/** Bundles exports of the package as a web page does, into one file. */
async function bundle({ folder, metafile }: Library, exports: Readonly<Record<string, string>>): Promise<Bundle> {
  const lines = Object.entries(exports).map(([entry, names]) => `export { ${names} } from './${entry}.js';`);
  const result = await build({
    stdin: { contents: lines.join('\n'), resolveDir: folder, loader: 'js' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    metafile: true,
    alias: { '#platform': './src/transport/platform/web.ts' },
    logLevel: 'silent',
  });
  const { contents: code, text } = result.outputFiles[0]!;
  // Chunks that contribute code, and the source files that each was made of.
  const [output] = Object.values(result.metafile.outputs);
  const chunks = Object.entries(output!.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const inputs = chunks.flatMap(([path]) => Object.keys(metafile.outputs[path]?.inputs ?? {}));
  return { min: code.length / 1000, gzip: gzipSync(code).length / 1000, inputs, text };
}

/** Returns the packages that an entry point imports, also later, and that a bundler therefore looks for. */
function packagesOf({ folder, metafile: { outputs } }: Library, entry: string): readonly string[] {
  const found = new Set<string>();
  const packages = new Set<string>();
  const visit = (path: string) => {
    if (found.has(path)) return;
    found.add(path);
    for (const { path: next, external } of outputs[path]?.imports ?? []) external ? packages.add(next) : visit(next);
  };
  visit(join(relative(process.cwd(), folder), `${entry}.js`));
  expect(found.size).toBeGreaterThan(0);
  return [...packages].filter((name) => !/^(?:node:|#platform)/.test(name)).sort();
}

const vendors = Object.keys(registry).filter((id) => id !== 'stub');
const vendorsIn = ({ inputs }: Bundle) =>
  vendors.filter((id) => inputs.some((path) => path.includes(`src/providers/${id}/`)));
const holdsRegistry = ({ inputs }: Bundle) => inputs.includes('src/providers/registry.ts');
const within = (limit: Weight) => (weight: Weight) => weight.min <= limit.min && weight.gzip <= limit.gzip;
const show = ({ min, gzip }: Weight) => `${min} kB, ${gzip} kB gzipped`;

const ONE = { 'providers/openai': 'createOpenAI' };
const MANAGED = { ...ONE, manager: 'createImageManager' };
const STUB = { index: 'StubProvider' };
/** A vendor without masks, SVG and tokens. */
const FEW = { 'providers/xai': 'createXai' };

/** Texts that only one part of the code has. */
const PHRASES = {
  svg: 'only inert drawings are allowed',
  masks: 'The mask is completely black',
  encoder: 'A PNG cannot be',
  tokens: 'the token server at',
};

// About 1 % above the sizes of today; docs/performance.md says where the bytes are.
const LIMITS = [
  ['createOpenAI', ONE, { min: 256.5, gzip: 95 }, ['openai']],
  ['createOpenAI and createImageManager', MANAGED, { min: 338, gzip: 125 }, ['openai']],
  ['StubProvider', STUB, { min: 312.5, gzip: 120.6 }, []],
  ['createXai', FEW, { min: 225, gzip: 83 }, ['xai']],
] as const satisfies readonly (readonly [string, Readonly<Record<string, string>>, Weight, readonly string[]])[];

describe('one file with everything', () => {
  let today: Library;
  beforeAll(async () => {
    today = await buildLibrary();
  }, 120_000);
  afterAll(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
  });

  it.each(LIMITS)('of %s is within its budget and contains no other vendor', async (_, exports, limit, expected) => {
    const made = await bundle(today, exports);

    expect(made).toSatisfy(within(limit), show(made));
    expect(vendorsIn(made)).toEqual(expected);
    expect(holdsRegistry(made)).toBe(false);
  });

  it('contains the code for masks, SVG and tokens only if an adapter names it', async () => {
    const partsOf = async (id: string, name: string) => {
      const { text } = await bundle(today, { [`providers/${id}`]: name });
      return Object.entries(PHRASES).flatMap(([part, phrase]) => (text.includes(phrase) ? [part] : []));
    };
    expect(await partsOf('xai', 'createXai')).toEqual([]);
    expect(await partsOf('vertex', 'createVertex')).toEqual(['tokens']);
    expect(await partsOf('bedrock', 'createBedrock')).toEqual(['masks']);
    expect(await partsOf('openai', 'createOpenAI')).toEqual(['svg', 'masks', 'encoder']);
  });

  it('does not grow with the number of vendors', async () => {
    const more = await buildLibrary({
      path: 'src/providers/registry.ts',
      edit: (text) =>
        text.replace('export const registry = {\n', (head) => {
          const entries = Array.from(
            { length: 30 },
            (_, at) => `  'acme-${at}': entry(xai, async () => (await import('./xai/index.ts')).xai),`,
          );
          return `${head}${entries.join('\n')}\n`;
        }),
    });
    expect(await readFile(join(more.folder, 'index.js'), 'utf8')).not.toBe('');
    for (const [, exports] of LIMITS) {
      const [before, after] = [await bundle(today, exports), await bundle(more, exports)];
      expect(after.min - before.min).toBeLessThan(1);
    }
  });

  it('is seen to contain all vendors if the manager imports the registry', async () => {
    const planted = await buildLibrary({
      path: 'src/manager/create-manager.ts',
      edit: (text) => `import { registry } from '../providers/registry.ts';\n${text}\nglobalThis.planted = registry;\n`,
    });
    const made = await bundle(planted, MANAGED);

    expect(vendorsIn(made)).toEqual(vendors);
    expect(made).not.toSatisfy(within(LIMITS[1][2]));
  });

  it('needs an optional package only for the entries that use it', () => {
    const entries = Object.keys(library.entry).filter(
      (entry) => !['store', 'queue', 'usage', 'server', 'mcp', 'tool', 'react', 'governance'].includes(entry),
    );
    const peers = (entry: string) =>
      packagesOf(today, entry).filter((name) => PEERS.some((peer) => name.startsWith(peer)));

    expect(Object.fromEntries(entries.map((entry) => [entry, peers(entry)]))).toEqual(
      Object.fromEntries(entries.map((entry) => [entry, []])),
    );
    expect(packagesOf(today, 'providers/bedrock')).toEqual(['ky', 'p-retry']);
    expect(peers('react')).toEqual(['react']);
    expect([peers('queue'), peers('usage')]).toEqual([['pg-boss'], ['pg']]);
    const mcp = ['@modelcontextprotocol/server', '@modelcontextprotocol/server/ext/skills/node'];
    expect([peers('tool'), peers('mcp')]).toEqual([['sharp'], mcp]);
    expect(peers('server')).toEqual(['@hono/node-server', ...mcp, 'hono', 'hono/route', 'sharp']);
    expect(peers('store')).toContain('pg'); // shows that the check finds one
  });
});
