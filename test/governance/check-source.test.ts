import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSource, formatFinding, type SourceRule } from '../../src/governance/index.ts';
import { readFacts } from '../../src/governance/read-facts.ts';

async function factsOf(...lines: string[]) {
  const facts = (await readFacts({ 'file.ts': lines.join('\n') })).get('file.ts');
  if (!facts) throw new Error('no facts');
  return facts;
}

describe('readFacts', () => {
  it('reads every kind of import with its line, its specifier and whether it is computed', async () => {
    const { imports } = await factsOf(
      '/// <reference types="node" />',
      "import a, { b } from 'one';",
      "import type { C } from 'two';",
      "import { type D, type E } from 'three';",
      "import { type F, g } from 'four';",
      "export * from 'five';",
      "export type { H } from 'six';",
      "const i = await import('seven');",
      "const j = require('eight');",
      "type K = import('nine').K;",
      "import l = require('ten');",
      "const m = createRequire(import.meta.url)('eleven');",
      "const n = require.resolve('twelve');",
      `const o = import(\`thirteen/\${i}\`);`,
      "const p = import('fourteen/' + j);",
      'type Q = typeof import("fifteen");',
      "import 'sixteen';",
    );
    const seen = imports.map(({ line, kind, from, isComputed }) => `${line} ${kind} ${from}${isComputed ? '…' : ''}`);
    expect(seen.sort((x, y) => Number.parseInt(x, 10) - Number.parseInt(y, 10))).toEqual([
      '1 reference directive node',
      '2 import one',
      '3 type-only import two',
      '4 type-only import three',
      '5 import four',
      '6 re-export five',
      '7 type-only re-export six',
      '8 dynamic import seven',
      '9 require eight',
      '10 import() type nine',
      '11 require ten',
      '12 require eleven',
      '13 require twelve',
      '14 dynamic import thirteen/…',
      '15 dynamic import fourteen/…',
      '16 import() type fifteen',
      '17 import sixteen',
    ]);
  });

  it('returns the full name of a platform value, in every notation', async () => {
    const paths = async (source: string) => (await factsOf(source)).uses.map(({ path }) => path);
    expect(await paths('process.env.KEY;')).toEqual(['process.env.KEY']);
    expect(await paths("process['env']['KEY'];")).toEqual(['process.env.KEY']);
    expect(await paths('(globalThis as never).process!.env;')).toEqual(['globalThis', 'process.env']);
    expect(await paths('const { env: { KEY } } = process;')).toEqual(['process.env.KEY']);
    expect(await paths("import { env } from 'node:process'; env.KEY;")).toEqual(['process.env.KEY']);
    expect(await paths("import * as fs from 'fs'; fs.readFileSync;")).toEqual(['node:fs.readFileSync']);
    expect(await paths("(await import('node:crypto')).randomUUID;")).toEqual(['crypto.randomUUID']);
    expect(await paths('class A extends WebSocket {}')).toEqual(['WebSocket']);
  });

  it('distinguishes names of the file from platform values', async () => {
    const { uses } = await factsOf(
      'function run(fetch: () => void) { fetch(); }',
      "import { process } from './own.ts'; process.env;",
    );
    expect(uses).toEqual([]);
  });

  it('reads as much as possible of a file that does not compile', async () => {
    const { uses } = await factsOf('const a = ;', 'process.env.KEY;', 'function (');
    expect(uses.map(({ path }) => path)).toContain('process.env.KEY');
  });
});

describe('checkSource', () => {
  const rule: SourceRule = {
    id: 'no-console',
    why: 'It belongs to the host.',
    within: ['^src/'],
    globals: ['console'],
  };
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ai-image-source-'));
    for (const path of [
      'src/b.ts',
      'src/deep/a.tsx',
      'src/c.mjs',
      'src/node_modules/x/d.ts',
      'src/dist/e.ts',
      'src/.cache/f.ts',
      'src/g.d.ts',
      'src/h.txt',
      'other/i.ts',
    ]) {
      await mkdir(join(folder, path, '..'), { recursive: true });
      await writeFile(join(folder, path), '\nconsole.log();\n');
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('checks every source file below the folder, except installed, built and hidden ones', async () => {
    const { findings, checked } = await checkSource({ directory: folder, rules: [rule] });
    expect(findings.map(formatFinding)).toEqual([
      'src/b.ts:2 no-console: `console` is used. It belongs to the host.',
      'src/c.mjs:2 no-console: `console` is used. It belongs to the host.',
      'src/deep/a.tsx:2 no-console: `console` is used. It belongs to the host.',
    ]);
    expect(checked).toEqual({ 'no-console': 3 });
  });

  it('returns paths relative to the given root, and skips excluded files', async () => {
    const { findings } = await checkSource({
      directory: join(folder, 'src'),
      root: folder,
      isExcluded: (path) => path === 'src/deep' || path.endsWith('.mjs'),
      rules: [rule],
    });
    expect(findings.map(({ file }) => file)).toEqual(['src/b.ts']);
  });

  it('skips the files and folders that a rule excepts', async () => {
    const except = [
      { path: 'src/deep', why: 'Examples.' },
      { path: 'src/b.ts', why: 'It is the logger.' },
    ];
    const { findings } = await checkSource({ directory: folder, rules: [{ ...rule, except }] });
    expect(findings.map(({ file }) => file)).toEqual(['src/c.mjs']);
  });

  it('throws without files and directory, instead of finding nothing', async () => {
    await expect(checkSource({ rules: [rule] })).rejects.toThrow('Pass `files` or a `directory`');
  });
});
