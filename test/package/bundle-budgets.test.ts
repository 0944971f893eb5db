import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';
import { registry } from '../../src/providers/registry.ts';
import { files } from '../providers/kit/image/samples.ts';

/** Kilobytes, minified, as a browser or an edge runtime gets them. */
interface Weight {
  readonly min: number;
  readonly gzip: number;
}

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** Bundles for a platform without Node: any `node:` import is an error. */
async function bundle(source: string, condition = 'browser') {
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
    whole: await weigh(Object.keys(metafile.outputs)),
    inputs: Object.keys(metafile.inputs),
  };
}

/** The entry and what it imports without `import()`. */
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

/** Makes one PNG with the bundle in a process of its own, and tells which of its chunks were read on the way. */
async function readForAPicture(outdir: string, make = 'createOpenAI('): Promise<readonly string[]> {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const fetch = async () => Response.json({ data: [{ b64_json: ${JSON.stringify(Buffer.from(files.png).toString('base64'))} }] });
    const bundled = await import(${JSON.stringify(pathToFileURL(join(outdir, 'stdin.mjs')).href)});
    const { images } = await bundled.${make}{ apiKey: 'k', fetch }).generate({ prompt: 'a fox' });
    if (images[0].format !== 'png') throw new Error('no picture came');
    process.stdout.write(JSON.stringify(loaded));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  const urls = JSON.parse(stdout) as readonly string[];
  return urls.map((url) => fileURLToPath(url)).filter((path) => !relative(outdir, path).startsWith('..'));
}

const within = (limit: Weight) => (weight: Weight) => weight.min <= limit.min && weight.gzip <= limit.gzip;
const show = ({ min, gzip }: Weight) => `${min} kB, ${gzip} kB gzipped`;

// Limits are a little above what stands; why they are what they are: docs/decisions/0009-bundle-size.md.
const FRONT_DOOR: Weight = { min: 25.5, gzip: 13 };
const FIRST_PICTURE: Weight = { min: 190, gzip: 75 };
const ONE_PROVIDER: Weight = { min: 262, gzip: 109 };
const BY_THE_FRONT_DOOR: Weight = { min: 221, gzip: 91 };

const others = (id: string) => Object.keys(registry).filter((other) => other !== id);
const strangersIn = (inputs: readonly string[], id: string) =>
  inputs.filter((path) => others(id).some((other) => path.includes(`src/providers/${other}/`)));

describe('bundles', () => {
  it('the front door loads next to nothing', async () => {
    const { atOnce } = await bundle("export * from './src/index.ts'");

    expect(atOnce).toSatisfy(within(FRONT_DOOR), show(atOnce));
  });

  it.each(['browser', 'workerd'])('one provider stays within its budget under the condition %s', async (condition) => {
    const { outdir, weigh, whole, inputs } = await bundle(
      "export { createOpenAI } from './src/providers/openai/index.ts'",
      condition,
    );
    const untilFirstPicture = await weigh(await readForAPicture(outdir));

    expect(inputs.length).toBeGreaterThan(40);
    expect(inputs.filter((path) => path.includes('providers/stub'))).toEqual([]);
    expect(untilFirstPicture.min).toBeGreaterThan(60);
    expect(untilFirstPicture).toSatisfy(within(FIRST_PICTURE), show(untilFirstPicture));
    expect(whole).toSatisfy(within(ONE_PROVIDER), show(whole));
  });

  it('one provider by the front door loads no other one', async () => {
    const { outdir, weigh } = await bundle("export { createProvider } from './src/index.ts'");
    const chunks = await readForAPicture(outdir, "createProvider('openai', ");
    const weight = await weigh(chunks);

    expect(chunks.some((path) => path.includes('/openai-'))).toBe(true);
    expect(chunks.filter((path) => others('openai').some((id) => path.includes(`/${id}-`)))).toEqual([]);
    expect(weight).toSatisfy(within(BY_THE_FRONT_DOOR), show(weight));
  });

  it.each(Object.keys(registry))('%s brings no other provider with it', async (id) => {
    const { inputs } = await bundle(`export * from './src/providers/${id}/index.ts'`);

    expect(strangersIn(inputs, id)).toEqual([]);
    expect(inputs).toContain(`src/providers/${id}/index.ts`);
  });

  it('finds a planted provider', async () => {
    const { inputs } = await bundle(
      "export * from './src/providers/openai/index.ts'; export * from './src/providers/fal/index.ts'",
    );
    expect(strangersIn(inputs, 'openai')).toContain('src/providers/fal/index.ts');
  });

  it('finds a planted node: import and a planted weight', async () => {
    await expect(bundle("import 'node:fs'; export * from './src/index.ts'")).rejects.toThrow(/node:fs/);
    const { atOnce } = await bundle("export * from './src/index.ts'; export * from './src/providers/openai/index.ts'");
    expect(atOnce).not.toSatisfy(within(FRONT_DOOR));
  });
});
