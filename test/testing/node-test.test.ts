/** The suite runs under `node:test` as it does under vitest. Uses the real runner and a bundle of the source. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-test-'));
  await build({
    stdin: {
      contents: `
        export { describeProvider } from '../../src/testing/index.ts';
        export { conversations, createSmall } from './support/small-vendor.ts';`,
      resolveDir: path('.'),
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    alias: { '#platform': path('../../src/transport/platform/node.ts') },
    outfile: join(folder, 'testing.mjs'),
    logLevel: 'silent',
  });
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs `node --test` on one file. */
async function runNodeTest(name: string, create: string): Promise<{ readonly code: number; readonly output: string }> {
  const file = join(folder, name);
  await writeFile(
    file,
    `import { conversations, createSmall, describeProvider } from './testing.mjs';
     await describeProvider({ name: 'small', create: ${create}, fixtures: conversations });`,
  );
  // The runner refuses to run inside another one, which it detects by this variable.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return new Promise((resolve) => {
    const options = { cwd: folder, env, timeout: 60_000 };
    execFile(process.execPath, ['--test', '--test-reporter=tap', file], options, (error, stdout) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout });
    });
  });
}

describe('describeProvider under node:test', () => {
  it('passes a provider that keeps the contract', async () => {
    const { code, output } = await runNodeTest('good.test.mjs', 'createSmall');

    expect(output).toContain('# Subtest: small meets the provider contract');
    expect(output).toContain('ok 2 - success: generates one image');
    expect(output).toMatch(/# pass 2\d\n# fail 0/);
    expect(code).toBe(0);
  });

  it('fails one that does not, and says why', async () => {
    const spoilt = `(settings) => {
      const provider = createSmall(settings);
      return { ...provider, generateImage: async (...args) => ({ ...(await provider.generateImage(...args)), width: 64 }) };
    }`;
    const { code, output } = await runNodeTest('spoilt.test.mjs', spoilt);

    expect(output).toContain('M1 M2 P1: generateImage returns exactly the four fields of AiImageResult');
    expect(output).toContain("the result's fields are format, imageBytes, model, promptUsed, width");
    expect(output).toMatch(/# fail 1\n/);
    expect(code).toBe(1);
  });
});
