/** Compiles a small host project against the built package with the oldest supported compiler, a current one and the newest. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const require = createRequire(import.meta.url);

/** Each compiler as a program for Node, by its name in `devDependencies`. */
const COMPILERS = {
  'typescript-5.7': 'typescript-5.7/typescript/lib/_tsc.js',
  'typescript-5.9': 'typescript-5.9/typescript/lib/_tsc.js',
  typescript: 'typescript/bin/tsc',
  '@typescript/native-preview': '@typescript/native-preview/bin/tsgo',
} as const;

/** What hosts write: results as they are given to the platform, and the settings and options of a vendor. */
const HOST = `
import { AiImageError, createImageManager, createProvider, getProvider, type AiImageProvider, type MediaProvider } from '@org/ai-image';
import { createOpenAI } from '@org/ai-image/providers/openai';
import { createStyleMemory } from '@org/ai-image/manager';
import { createStore } from '@org/ai-image/store';
import { loadConfig } from '@org/ai-image/config';

const provider = createOpenAI({ apiKey: 'k', organization: 'o' });
export async function respond(): Promise<Response> {
  const { imageBytes } = await provider.generateImage('a fox', { size: 'square', deadlineMs: 60_000, options: { input_fidelity: 'high' } });
  const blob: Blob = new Blob([imageBytes]);
  new FormData().append('image', blob);
  await crypto.subtle.digest('SHA-256', imageBytes);
  return new Response(imageBytes);
}
export const same: MediaProvider = createProvider('openai', { apiKey: 'k' });
export const events = provider.stream({ prompt: 'a fox', size: '1000x1000' });
export const own: AiImageProvider = {
  generateImage: async (prompt) => ({ imageBytes: new Uint8Array(5), format: 'png', promptUsed: prompt, model: 'm' }),
};
export const manager = createImageManager({ providers: { own }, memory: createStyleMemory(), store: createStore({ directory: 'images' }) });
export const config = loadConfig;
export const codeOf = (error: unknown) => (error instanceof AiImageError ? error.code : undefined);
// @ts-expect-error an option that the vendor does not have
getProvider('openai').generate({ prompt: 'a fox', options: { fidelity: 'high' } });
// @ts-expect-error a setting that the provider does not have
createOpenAI({ baseURL: 'https://example.com' });
`;
const OPTIONS = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
  target: 'es2022',
  types: ['node'],
};
const PROJECTS = {
  'nodenext.json': { ...OPTIONS, module: 'nodenext', lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'] },
  'bundler.json': { ...OPTIONS, module: 'esnext', moduleResolution: 'bundler', lib: ['es2023', 'dom', 'dom.iterable'] },
};

describe('the types of the built package', () => {
  let project: string;

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'ai-image-types-'));
    await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'host', private: true, type: 'module' }));
    await writeFile(join(project, 'host.ts'), HOST);
    for (const [file, compilerOptions] of Object.entries(PROJECTS))
      await writeFile(join(project, file), JSON.stringify({ compilerOptions, files: ['host.ts'] }));
    const modules = join(project, 'node_modules');
    await run('mkdir', ['-p', join(modules, '@org'), join(modules, '@types')]);
    await symlink(root, join(modules, '@org/ai-image'));
    await symlink(join(root, 'node_modules/@types/node'), join(modules, '@types/node'));
  });

  afterAll(() => rm(project, { recursive: true, force: true }));

  /** @returns what the compiler reports; empty if it compiles */
  async function compile(compiler: string, file: string): Promise<string> {
    const program = join(require.resolve('typescript/package.json'), '../..', compiler);
    return run(process.execPath, [program, '-p', join(project, file)]).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    );
  }

  it.each(Object.entries(COMPILERS))('compile with %s', async (_, compiler) => {
    expect(await compile(compiler, 'nodenext.json')).toBe('');
  });

  it('compile for a bundler', async () => {
    expect(await compile(COMPILERS['typescript-5.9'], 'bundler.json')).toBe('');
  });

  it('are really checked: a wrong use is reported', async () => {
    await writeFile(join(project, 'wrong.ts'), `${HOST}\nexport const wrong: number = events;\n`);
    await writeFile(
      join(project, 'wrong.json'),
      JSON.stringify({ compilerOptions: PROJECTS['nodenext.json'], files: ['wrong.ts'] }),
    );
    expect(await compile(COMPILERS.typescript, 'wrong.json')).toMatch(/wrong\.ts.*TS2322/);
  });
});
