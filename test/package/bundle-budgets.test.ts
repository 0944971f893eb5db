import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build, type Metafile, type Plugin } from 'esbuild';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { registry } from '../../src/providers/registry.ts';
import { files } from '../providers/kit/image/samples.ts';

/** Size in kilobytes of minified code, as a browser or an edge runtime loads it. */
interface Weight {
  readonly min: number;
  readonly gzip: number;
}

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const REGISTRY = 'src/providers/registry.ts';
const IMPORT = /^import \{ about as \w+ \} from '\.\/([\w-]+)\/about\.ts';\n/gm;
const ENTRY = /^ {2}'?([\w-]+)'?: entry\([\s\S]*?\),\n/gm;

/** Changes the text of one module on its way into the bundle. */
type Edit = readonly [path: string, edit: (text: string) => string];

/** Removes all other providers from the registry, so that the size does not depend on their number. */
const only = (id: string): Edit => [
  REGISTRY,
  (text) => {
    const keep = (line: string, name: string) => (name === id ? line : '');
    return text.replace(IMPORT, keep).replace(ENTRY, keep);
  },
];

/** Adds providers to the registry, each with its own line. */
const more = (count: number): Edit => [
  REGISTRY,
  (text) =>
    text.replace('export const registry = {\n', (head) => {
      const lines = Array.from({ length: count }, (_, at) => {
        const about = `{ id: 'acme-${at}', title: 'Acme ${at}', aliases: [], auth: { kind: 'bearer', env: ['ACME_${at}_API_KEY'] } }`;
        return `  'acme-${at}': entry(${about}, async () => (await import('./openai/index.ts')).openai),\n`;
      });
      return head + lines.join('');
    }),
];

const edited = ([path, edit]: Edit): Plugin => ({
  name: 'edited',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, async (file) => {
      if (relative(process.cwd(), file.path) !== path) return undefined;
      const text = await readFile(file.path, 'utf8');
      const contents = edit(text);
      if (contents === text) throw new Error(`the planned change does not fit ${path}`);
      return { contents, loader: 'ts' };
    }),
});

interface BundleOptions {
  readonly condition?: string;
  readonly edits?: readonly Edit[];
}

/** Bundles for a platform without Node: any `node:` import is an error. */
async function bundle(source: string, { condition = 'browser', edits = [] }: BundleOptions = {}) {
  const outdir = await mkdtemp(join(tmpdir(), 'ai-image-bundle-'));
  folders.push(outdir);
  const { metafile } = await build({
    stdin: { contents: source, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    conditions: [condition],
    splitting: true,
    outdir,
    outExtension: { '.js': '.mjs' },
    metafile: true,
    alias: { '#platform': './src/transport/platform/web.ts' },
    plugins: edits.map(edited),
    logLevel: 'silent',
  });
  const weigh = async (paths: readonly string[]): Promise<Weight> => {
    const chunks = await Promise.all(paths.map((path) => readFile(path)));
    const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0) / 1000;
    return { min: sum(chunks.map(({ length }) => length)), gzip: sum(chunks.map((chunk) => gzipSync(chunk).length)) };
  };
  return {
    outdir,
    weigh,
    atOnce: await weigh(loadedAtOnce(metafile)),
    inputs: Object.keys(metafile.inputs),
  };
}

/** Returns the entry and everything it imports statically, without `import()`. */
function loadedAtOnce({ outputs }: Metafile): readonly string[] {
  const entry = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === '<stdin>');
  const found = new Set<string>();
  const visit = (path: string) => {
    if (found.has(path)) return;
    found.add(path);
    for (const { path: next, kind } of outputs[path]?.imports ?? []) if (kind === 'import-statement') visit(next);
  };
  if (entry) visit(entry);
  return [...found];
}

/** Bundles several files at once. @returns all modules that a file brings along, also those that load later */
async function modulesOf(entryPoints: readonly string[]): Promise<(entry: string) => readonly string[]> {
  const { metafile } = await build({
    entryPoints: [...entryPoints],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['browser'],
    splitting: true,
    outdir: 'unwritten',
    write: false,
    metafile: true,
    alias: { '#platform': './src/transport/platform/web.ts' },
    logLevel: 'silent',
  });
  return (entry) => {
    const found = new Set([entry]);
    for (const path of found)
      for (const next of metafile.inputs[path]?.imports ?? []) if (!next.external) found.add(next.path);
    return [...found];
  };
}

/** Generates one PNG with the bundle in a process of its own. @returns the chunks that were loaded */
async function chunksForOneImage(outdir: string, make = 'createOpenAI('): Promise<readonly string[]> {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const fetch = async () => Response.json({ data: [{ b64_json: ${JSON.stringify(Buffer.from(files.png).toString('base64'))} }] });
    const bundled = await import(${JSON.stringify(pathToFileURL(join(outdir, 'stdin.mjs')).href)});
    const { images } = await bundled.${make}{ apiKey: 'k', fetch }).generate({ prompt: 'a fox' });
    if (images[0].format !== 'png') throw new Error('no image came');
    process.stdout.write(JSON.stringify(loaded));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  const urls = JSON.parse(stdout) as readonly string[];
  return urls.map((url) => fileURLToPath(url)).filter((path) => !relative(outdir, path).startsWith('..'));
}

const within = (limit: Weight) => (weight: Weight) => weight.min <= limit.min && weight.gzip <= limit.gzip;
const show = ({ min, gzip }: Weight) => `${min} kB, ${gzip} kB gzipped`;

// Limits are a little above the current sizes; docs/decisions/0009-accept-a-larger-bundle-for-checks.md explains them.
// They are for a registry with one provider, so that the number of providers does not matter.
const ENTRY_LIMIT: Weight = { min: 38, gzip: 17 };
const FIRST_IMAGE_LIMIT: Weight = { min: 196, gzip: 81.3 };
const BY_NAME_LIMIT: Weight = { min: 206, gzip: 88 };

/** What each further provider may add to the entry point: its `about.ts` and its line in the registry. */
const EACH_PROVIDER: Weight = { min: 0.42, gzip: 0.28 };
/** What each further provider may add to a first image by name: shared code is split into more chunks, some of which hold more than is needed. */
const EACH_PROVIDER_BY_NAME: Weight = { min: 1.4, gzip: 0.6 };

const BY_NAME_SOURCE = "export { createProvider } from './src/index.ts'";
const BY_NAME = "createProvider('openai', ";
const ENTRY_SOURCE = "export * from './src/index.ts'";
const further = Object.keys(registry).length - 1;
const withFurther = (limit: Weight, count: number, each = EACH_PROVIDER): Weight => ({
  min: limit.min + count * each.min,
  gzip: limit.gzip + count * each.gzip,
});

const others = (id: string) => Object.keys(registry).filter((other) => other !== id);
const otherProvidersIn = (inputs: readonly string[], id: string) =>
  inputs.filter((path) => others(id).some((other) => path.includes(`src/providers/${other}/`)));

describe('bundles', () => {
  it('keep the entry point small', async () => {
    const { atOnce, inputs } = await bundle(ENTRY_SOURCE, { edits: [only('xai')] });

    expect(inputs).toContain('src/providers/xai/about.ts');
    expect(inputs).not.toContain('src/providers/openai/about.ts');
    expect(atOnce).toSatisfy(within(ENTRY_LIMIT), show(atOnce));
  });

  it('add only a line per further provider to the entry point', async () => {
    const { atOnce } = await bundle(ENTRY_SOURCE);

    expect(atOnce).toSatisfy(within(withFurther(ENTRY_LIMIT, further)), show(atOnce));
  });

  it('stay within the budgets with thirty more providers', async () => {
    const { atOnce } = await bundle(ENTRY_SOURCE, { edits: [more(30)] });

    expect(atOnce).toSatisfy(within(withFurther(ENTRY_LIMIT, further + 30)), show(atOnce));
  });

  it.each(['browser', 'workerd'])('keep one provider within its budget under the condition %s', async (condition) => {
    const { outdir, weigh, inputs } = await bundle("export { createOpenAI } from './src/providers/openai/index.ts'", {
      condition,
    });
    const untilFirstImage = await weigh(await chunksForOneImage(outdir));

    expect(inputs.length).toBeGreaterThan(40);
    expect(inputs.filter((path) => path.includes('providers/stub'))).toEqual([]);
    expect(untilFirstImage.min).toBeGreaterThan(60);
    expect(untilFirstImage).toSatisfy(within(FIRST_IMAGE_LIMIT), show(untilFirstImage));
  });

  it('keep one provider created by name within its budget', async () => {
    const { outdir, weigh } = await bundle(BY_NAME_SOURCE, { edits: [only('openai')] });
    const weight = await weigh(await chunksForOneImage(outdir, BY_NAME));

    expect(weight).toSatisfy(within(BY_NAME_LIMIT), show(weight));
  });

  it('load only the provider that is created by name', async () => {
    const { outdir, weigh } = await bundle(BY_NAME_SOURCE);
    const chunks = await chunksForOneImage(outdir, BY_NAME);
    const weight = await weigh(chunks);

    expect(chunks.some((path) => path.includes('/openai-'))).toBe(true);
    expect(chunks.filter((path) => others('openai').some((id) => path.includes(`/${id}-`)))).toEqual([]);
    expect(weight).toSatisfy(within(withFurther(BY_NAME_LIMIT, further, EACH_PROVIDER_BY_NAME)), show(weight));
  });

  describe('of one provider', () => {
    const entryOf = (id: string) => `src/providers/${id}/index.ts`;
    let contentOf: (entry: string) => readonly string[];
    beforeAll(async () => {
      contentOf = await modulesOf([...Object.keys(registry).map(entryOf), REGISTRY]);
    });

    it.each(Object.keys(registry))('%s: contain no other provider', (id) => {
      const modules = contentOf(entryOf(id));

      expect(otherProvidersIn(modules, id)).toEqual([]);
      expect(modules.length).toBeGreaterThan(5);
    });

    it('are checked for an import of another provider', () => {
      expect(otherProvidersIn(contentOf(REGISTRY), 'openai')).toContain('src/providers/fal/index.ts');
    });
  });

  it('are checked for a planted node: import and planted weight', async () => {
    await expect(bundle("import 'node:fs'; export * from './src/index.ts'")).rejects.toThrow(/node:fs/);
    const { atOnce } = await bundle(`${ENTRY_SOURCE}; export * from './src/providers/openai/index.ts'`, {
      edits: [only('openai')],
    });
    expect(atOnce).not.toSatisfy(within(ENTRY_LIMIT));
  });

  it('are checked for a planted import in the registry and in an about.ts', async () => {
    const heavy: Edit = [
      REGISTRY,
      (text) => `import * as z from 'zod/mini';\nexport const planted = z.string();\n${text}`,
    ];
    const about: Edit = [
      'src/providers/xai/about.ts',
      (text) =>
        `import { chooseSize } from '../kit/request/fields/choose-size.ts';\n${text.replace("title: '", "title: chooseSize.name + '")}`,
    ];
    const registered = await bundle(`${ENTRY_SOURCE}; export * from './${REGISTRY}'`, { edits: [heavy] });
    const { atOnce } = await bundle(ENTRY_SOURCE, { edits: [about] });

    const limit = withFurther(ENTRY_LIMIT, further);
    expect(registered.atOnce).not.toSatisfy(within(limit), show(registered.atOnce));
    expect(atOnce).not.toSatisfy(within(limit), show(atOnce));
  });
});
