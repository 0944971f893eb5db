import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  checkHostLayers,
  checkHostSource,
  dependencyCruiserPreset,
  formatFinding,
  type HostOptions,
  VENDOR_SDKS,
} from '../../src/governance/index.ts';

const samples = fileURLToPath(new URL('./sample-host/', import.meta.url));
const strict: HostOptions = { providerLayer: 'src/images', forbidVendorSdks: true };

let hosts: string;

/** Copies of the sample hosts with a minimal copy of this package installed. */
beforeAll(async () => {
  hosts = await mkdtemp(join(tmpdir(), 'ai-image-hosts-'));
  await cp(samples, hosts, { recursive: true });
  for (const host of ['good', 'bad']) {
    const installed = join(hosts, host, 'node_modules/@org/ai-image');
    const entries = ['index', 'testing/index', 'transport/index', 'providers/openai/index', 'providers/stub/index'];
    const exported = entries.map((entry) => [
      `./${entry.replace(/\/?index$/, '')}`.replace(/\/$/, ''),
      `./dist/${entry}.js`,
    ]);
    const manifest = {
      name: '@org/ai-image',
      type: 'module',
      exports: { ...Object.fromEntries(exported), './package.json': './package.json' },
    };
    for (const file of [...entries, 'chunk', 'transport/wait']) {
      await mkdir(join(installed, 'dist', file, '..'), { recursive: true });
      await writeFile(join(installed, 'dist', `${file}.js`), 'export const entry = true;\n');
    }
    await writeFile(join(installed, 'package.json'), JSON.stringify(manifest));
    await writeFile(join(hosts, host, 'package.json'), '{"name":"host","type":"module"}');
  }
});

afterAll(() => rm(hosts, { recursive: true, force: true }));

const linesOf = (findings: readonly { rule: string; file: string; line: number }[], rule: string, file: string) =>
  findings.filter((finding) => finding.rule === rule && finding.file === file).map(({ line }) => line);

/** Returns the numbers of the matching lines of a sample, and checks how many there are. */
async function matching(sample: string, pattern: RegExp, count: number): Promise<number[]> {
  const lines = (await readFile(join(samples, sample), 'utf8')).split('\n');
  const found = lines.flatMap((line, index) => (pattern.test(line) ? [index + 1] : []));
  expect(found).toHaveLength(count);
  return found;
}

describe('checkHostSource', () => {
  it('finds nothing in a host that uses only entry points and its provider layer', async () => {
    const { findings, checked } = await checkHostSource(join(samples, 'good/src'), {
      ...strict,
      root: join(samples, 'good'),
    });
    expect(findings.map(formatFinding)).toEqual([]);
    expect(checked).toEqual({ 'no-deep-import': 2, 'no-bypass': 1, 'no-vendor-sdk': 1 });
  });

  it('P3: checkHostSource finds every kind of bypass with file and line', async () => {
    const { findings } = await checkHostSource(join(samples, 'bad/src'), { ...strict, root: join(samples, 'bad') });
    expect(linesOf(findings, 'no-bypass', 'src/app/bypass.ts')).toEqual(
      await matching('bad/src/app/bypass.ts', /'@org\/ai-image\//, 9),
    );
    expect(findings.filter(({ file }) => file === 'src/app/bypass.ts').map(formatFinding)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^src\/app\/bypass\.ts:\d+ no-bypass: `@org\/ai-image\/transport` is imported \(type-only import\)/,
        ),
        expect.stringContaining(' no-bypass: `@org/ai-image/providers/openai` is imported (dynamic import)'),
        expect.stringContaining(' no-bypass: `@org/ai-image/transport` is imported (require)'),
        expect.stringContaining(' no-bypass: `@org/ai-image/providers/openai` is imported (import() type)'),
      ]),
    );
  });

  it('finds a computed import by its constant beginning', async () => {
    const [computed] = await matching('bad/src/app/bypass.ts', /`@org\/ai-image\//, 1);
    const { findings } = await checkHostSource(join(samples, 'bad/src'), { ...strict, root: join(samples, 'bad') });
    expect(findings.filter(({ file, line }) => file === 'src/app/bypass.ts' && line === computed)).not.toEqual([]);
  });

  it('finds every kind of deep import, in the provider layer too', async () => {
    const { findings } = await checkHostSource(join(samples, 'bad/src'), { ...strict, root: join(samples, 'bad') });
    expect(linesOf(findings, 'no-deep-import', 'src/app/deep.ts')).toEqual(
      await matching('bad/src/app/deep.ts', /@org\/ai-image\//, 8),
    );
    expect(linesOf(findings, 'no-deep-import', 'src/images/provider.ts')).toHaveLength(1);
    expect(linesOf(findings, 'no-bypass', 'src/images/provider.ts')).toEqual([]);
  });

  it("finds vendors' SDKs only if asked to: all or the named ones", async () => {
    const check = async (forbidVendorSdks: HostOptions['forbidVendorSdks']) => {
      const options = { root: join(samples, 'bad'), providerLayer: 'src/images', forbidVendorSdks };
      const { findings } = await checkHostSource(join(samples, 'bad/src'), options);
      return linesOf(findings, 'no-vendor-sdk', 'src/app/sdk.ts');
    };
    expect(await check(true)).toHaveLength(7);
    expect(await check(['openai'])).toEqual(await matching('bad/src/app/sdk.ts', /'openai/, 3));
    expect(await check(undefined)).toEqual([]);
  });

  it('allows no folder to import providers if no provider layer is set', async () => {
    const { findings } = await checkHostSource(join(samples, 'good/src'), { root: join(samples, 'good') });
    const lines = await matching('good/src/images/provider.ts', /'@org\/ai-image\//, 3);
    expect(linesOf(findings, 'no-bypass', 'src/images/provider.ts')).toEqual(lines);
    expect(findings).toHaveLength(3);
  });
});

describe('dependencyCruiserPreset', () => {
  it('finds nothing in a host that uses only entry points and its provider layer', async () => {
    const { findings, checked } = await checkHostLayers('src', { ...strict, root: join(hosts, 'good') });
    expect(findings).toEqual([]);
    expect(checked).toBeGreaterThanOrEqual(6);
  });

  it('P3: dependencyCruiserPreset finds the file that a bypass resolves to', async () => {
    const { findings } = await checkHostLayers('src', { ...strict, root: join(hosts, 'bad') });
    const to = findings
      .filter(({ rule, file }) => rule === 'no-bypass' && file === 'src/app/bypass.ts')
      .map((each) => each.to);
    expect(to.sort()).toEqual([
      'node_modules/@org/ai-image/dist/providers/openai/index.js',
      'node_modules/@org/ai-image/dist/providers/stub/index.js',
      'node_modules/@org/ai-image/dist/transport/index.js',
    ]);
    expect(findings.filter(({ rule, file }) => rule === 'no-bypass' && file === 'src/images/provider.ts')).toEqual([]);
  });

  it('finds imports of files that are not entry points, also through a relative path', async () => {
    const { findings } = await checkHostLayers('src', { ...strict, root: join(hosts, 'bad') });
    const to = (file: string) =>
      findings
        .filter((finding) => finding.rule === 'no-deep-import' && finding.file === file)
        .map((finding) => finding.to);
    expect(to('src/app/deep.ts')).toContain('node_modules/@org/ai-image/dist/chunk.js');
    expect(to('src/app/deep.ts').length).toBeGreaterThanOrEqual(4);
    expect(to('src/images/provider.ts')).toHaveLength(1);
  });

  it.each([
    ['a value import', "import { createTransport } from '@org/ai-image/transport'; createTransport();"],
    ['a type-only import', "import type { Transport } from '@org/ai-image/transport'; export type T = Transport;"],
    ['a dynamic import', "export const later = () => import('@org/ai-image/transport');"],
    ['a re-export', "export * from '@org/ai-image/transport';"],
    ['a require', "export const old = require('@org/ai-image/transport');"],
    ['an import() type', "export type T = import('@org/ai-image/transport').Transport;"],
  ])('P3: dependencyCruiserPreset finds %s', async (_kind, source) => {
    const host = await mkdtemp(join(hosts, 'one-'));
    await mkdir(join(host, 'src'));
    await cp(join(hosts, 'good/node_modules'), join(host, 'node_modules'), { recursive: true });
    await writeFile(join(host, 'package.json'), '{"name":"host","type":"module"}');
    await writeFile(join(host, 'src/app.ts'), source);
    const { findings } = await checkHostLayers('src', { root: host });
    expect(findings).toEqual([
      { rule: 'no-bypass', file: 'src/app.ts', to: 'node_modules/@org/ai-image/dist/transport/index.js' },
    ]);
  });

  it('is plain data for a configuration file', () => {
    const preset = dependencyCruiserPreset(strict);
    expect(JSON.parse(JSON.stringify(preset))).toEqual(preset);
    expect(preset.forbidden.map(({ name }) => name)).toEqual(['no-deep-import', 'no-bypass', 'no-vendor-sdk']);
  });
});

describe('components', () => {
  const BYPASS = "import { createOpenAI } from '@org/ai-image/providers/openai';";
  it.each([
    [
      'cover.vue',
      [
        '<template><p>{{ x }}</p></template>',
        `<script setup lang="ts" generic="T extends Set<'a'>">`,
        BYPASS,
        '</script>',
      ],
      3,
    ],
    [
      'cover.svelte',
      ['<script context="module">', 'export const a = 1;', '</script>', '<SCRIPT>', BYPASS, '</SCRIPT>'],
      5,
    ],
    ['cover.astro', ['---', "import x from './x';", BYPASS, '---', '<p>{x}</p>'], 3],
    ['client.astro', ['<p>---</p>', '<script>', BYPASS, '</script>'], 3],
  ])('finds a bypass in the script of %s, with its line', async (name, lines, line) => {
    const host = await mkdtemp(join(hosts, 'component-'));
    await writeFile(join(host, name), lines.join('\n'));
    const { findings } = await checkHostSource(host);
    expect(findings.map(({ rule, file, line: at }) => [rule, file, at])).toEqual([['no-bypass', name, line]]);
  });

  it('does not mistake text in the markup for code', async () => {
    const host = await mkdtemp(join(hosts, 'component-'));
    await writeFile(
      join(host, 'text.vue'),
      `<template><pre>${BYPASS}</pre></template>\n<script>export default {};</script>\n`,
    );
    await writeFile(join(host, 'open.svelte'), '<script'.repeat(20_000));
    expect((await checkHostSource(host)).findings).toEqual([]);
  });

  it('are named as not covered by the rules of dependency-cruiser', () => {
    const { forbidden } = dependencyCruiserPreset(strict);
    expect(forbidden.filter(({ comment }) => !comment.includes('.vue, .svelte and .astro'))).toEqual([]);
  });
});

describe('aliases', () => {
  it('are resolved with the tsconfig that is passed, and only then', async () => {
    const host = await mkdtemp(join(hosts, 'alias-'));
    await mkdir(join(host, 'src'));
    await cp(join(hosts, 'good/node_modules'), join(host, 'node_modules'), { recursive: true });
    await writeFile(join(host, 'package.json'), '{"name":"host","type":"module"}');
    const paths = { '~ai/*': ['./node_modules/@org/ai-image/dist/*'] };
    await writeFile(join(host, 'tsconfig.json'), JSON.stringify({ compilerOptions: { paths } }));
    await writeFile(join(host, 'src/app.ts'), "export { entry } from '~ai/chunk.js';\n");

    expect((await checkHostLayers('src', { root: host })).findings).toEqual([]);
    expect((await checkHostLayers('src', { root: host, tsConfig: 'tsconfig.json' })).findings).toEqual([
      { rule: 'no-deep-import', file: 'src/app.ts', to: 'node_modules/@org/ai-image/dist/chunk.js' },
    ]);
    expect(dependencyCruiserPreset({ tsConfig: 'tsconfig.json' }).options.tsConfig).toEqual({
      fileName: 'tsconfig.json',
    });
  });
});

describe('VENDOR_SDKS', () => {
  it('is sorted, without duplicates, and forbids subpaths but no package with a longer name', async () => {
    expect([...new Set(VENDOR_SDKS)].sort()).toEqual([...VENDOR_SDKS]);
    const host = await mkdtemp(join(hosts, 'sdk-'));
    const imports = [
      '@azure/openai/types',
      'replicate/lib/util',
      '@ai-sdk/amazon-bedrock',
      'openai-edge',
      'replicated-lib',
    ];
    await writeFile(join(host, 'app.ts'), imports.map((name) => `import '${name}';`).join('\n'));
    const { findings } = await checkHostSource(host, { forbidVendorSdks: true });
    expect(findings.map(({ line }) => line)).toEqual([1, 2, 3]);
  });

  it('holds the SDKs with which the wire of the vendors is compared', async () => {
    const { devDependencies } = JSON.parse(await readFile('package.json', 'utf8')) as { devDependencies: object };
    // `@ai-sdk/provider` holds types and errors, and calls no vendor.
    const compared = Object.keys(devDependencies).filter((name) =>
      /^@ai-sdk\/(?!provider$)|bedrock|fal-ai|genai|huggingface|leonardo|runwayml|lumaai|^openai|^replicate/.test(name),
    );
    expect(compared.length).toBeGreaterThan(8);
    expect(compared.filter((name) => !(VENDOR_SDKS as readonly string[]).includes(name))).toEqual([]);
  });
});
