import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { describe, expect, it } from 'vitest';

/** Kilobytes, minified, as a browser or an edge runtime gets them. */
interface Weight {
  readonly min: number;
  readonly gzip: number;
}

/** Bundles for a platform without Node: any `node:` import is an error. */
async function bundle(source: string, condition = 'browser') {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    conditions: [condition],
    splitting: true,
    outdir: 'out',
    write: false,
    metafile: true,
    alias: { '#platform': './src/transport/platform/web.ts' },
    logLevel: 'silent',
  });
  const contents = new Map(outputFiles.map((file) => [file.path.slice(process.cwd().length + 1), file.contents]));
  const weigh = (paths: readonly string[]): Weight => {
    const bytes = Buffer.concat(paths.map((path) => contents.get(path) ?? new Uint8Array()));
    return { min: bytes.length / 1000, gzip: gzipSync(bytes).length / 1000 };
  };
  return {
    atOnce: weigh(loadedAtOnce(metafile)),
    whole: weigh([...contents.keys()]),
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

const within = (limit: Weight) => (weight: Weight) => weight.min <= limit.min && weight.gzip <= limit.gzip;
const show = ({ min, gzip }: Weight) => `${min} kB, ${gzip} kB gzipped`;

// Limits are a little above what stands; why they are what they are: docs/decisions/0009-bundle-size.md.
const FRONT_DOOR: Weight = { min: 15, gzip: 6 };
const FIRST_PICTURE: Weight = { min: 170, gzip: 61 };
const ONE_PROVIDER: Weight = { min: 195, gzip: 72 };

describe('bundles', () => {
  it('the front door loads next to nothing', async () => {
    const { atOnce } = await bundle("export * from './src/index.ts'");

    expect(atOnce).toSatisfy(within(FRONT_DOOR), show(atOnce));
  });

  it.each(['browser', 'workerd'])('one provider stays within its budget under the condition %s', async (condition) => {
    const { atOnce, whole, inputs } = await bundle(
      "export { createOpenAI } from './src/providers/openai/index.ts'",
      condition,
    );

    expect(inputs.length).toBeGreaterThan(40);
    expect(inputs.filter((path) => path.includes('providers/stub'))).toEqual([]);
    expect(atOnce).toSatisfy(within(FIRST_PICTURE), show(atOnce));
    expect(whole).toSatisfy(within(ONE_PROVIDER), show(whole));
  });

  it('finds a planted node: import and a planted weight', async () => {
    await expect(bundle("import 'node:fs'; export * from './src/index.ts'")).rejects.toThrow(/node:fs/);
    const { atOnce } = await bundle("export * from './src/index.ts'; export * from './src/providers/openai/index.ts'");
    expect(atOnce).not.toSatisfy(within(FRONT_DOOR));
  });
});
