/** Logs show the name of an error's class. esbuild renames a class that names itself, e.g. `_AiImageError`. */
import { readdir, readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

/** Bundles in chunks, as the package is built. @returns the code of all chunks */
async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    splitting: true,
    outdir: 'dist',
    write: false,
    format: 'esm',
    target: 'es2023',
    platform: 'neutral',
    external: ['#platform', 'node:*'],
    packages: 'external',
    logLevel: 'silent',
  });
  return outputFiles.map(({ text }) => text).join('\n');
}

const RENAMED = /\bclass _\w{1,60}/g;

describe('the name of a class', () => {
  it('stays in the bundle, for every class of the library', async () => {
    const names = (await readdir('src', { recursive: true })).filter((name) => name.endsWith('.ts'));
    const files = await Promise.all(names.map(async (name) => [name, await readFile(`src/${name}`, 'utf8')] as const));
    const withClass = files.filter(([, text]) => /^(?:export )?(?:abstract )?class /m.test(text)).map(([name]) => name);
    expect(withClass).toContain('providers/protocol/errors.ts');
    const imports = withClass.map((name, index) => `export * as all${index} from './src/${name}';`);
    const code = await bundle(imports.join('\n'));
    expect(code).toMatch(/class AiImageError extends Error|AiImageError = class extends Error/);
    expect(code.match(RENAMED)).toBeNull();
  });

  it('is found changed by this test where a class names itself', async () => {
    const planted = await bundle('export class Planted { static create() { return new Planted(); } }');
    expect(planted.match(RENAMED)).toEqual(['class _Planted']);
  });

  it('AiImageError is what console.log shows, also of a restored error', async () => {
    const code = await bundle(`export { AiImageError } from './src/providers/protocol/errors.ts';`);
    const { AiImageError } = (await import(
      `data:text/javascript,${encodeURIComponent(code)}`
    )) as typeof import('../../src/providers/protocol/errors.ts');
    const error = new AiImageError('timeout', 'stub: no answer');
    for (const each of [error, AiImageError.fromJSON(JSON.parse(JSON.stringify(error)))])
      expect(inspect(each)).toMatch(/^AiImageError: stub: no answer\n/);
    expect(AiImageError.name).toBe('AiImageError');
  });
});
