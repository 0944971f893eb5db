/** docs/guide.md: its table of limits is what the doc comments say, and those name the real defaults. */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/transport/settings.ts';

const PAGE = 'docs/guide.md';
const TABLE = /<!-- limits -->\n[\s\S]*?<!-- \/limits -->/;

interface Limit {
  readonly name: string;
  readonly meaning: string;
  readonly byDefault: string;
}

/** Returns the limits of an interface in a source file. */
function limitsIn(source: string, name: string): readonly Limit[] {
  const body = source.split(`export interface ${name} {\n`)[1]?.split('\n}\n')[0] ?? '';
  return [...body.matchAll(/\/\*\* ([^\n]*?) \*\/\n {2}readonly (\w{1,40}): /g)].map(([, text = '', field = '']) => {
    const [meaning = '', byDefault = 'none'] = text.split(/\.? @default /);
    return { name: field, meaning: meaning.replace(/\.$/, ''), byDefault };
  });
}

const limits = [
  ...limitsIn(await readFile('src/providers/kit/adapter/settings.ts', 'utf8'), 'ImageLimits'),
  ...limitsIn(await readFile('src/transport/settings.ts', 'utf8'), 'TransportLimits'),
];
const table = [
  '<!-- limits -->',
  '| Limit | Meaning | Default |',
  '| --- | --- | --- |',
  ...limits.map(({ name, meaning, byDefault }) => `| \`${name}\` | ${meaning} | ${byDefault} |`),
  '<!-- /limits -->',
].join('\n');

if (process.env.UPDATE_DOCS) {
  const page = await readFile(PAGE, 'utf8');
  await writeFile(
    PAGE,
    page.replace(TABLE, () => table),
  );
}

/** @returns the limits whose documented default is not the real one */
function wrongDefaults(documented: readonly Limit[]): readonly string[] {
  const real: Readonly<Record<string, unknown>> = { ...DEFAULT_LIMITS };
  return documented
    .filter(({ name }) => name in real)
    .filter(({ name, byDefault }) => {
      const value = real[name];
      const isNone = value === undefined || value === Number.POSITIVE_INFINITY;
      return isNone ? !/^(?:none|no limit)$/.test(byDefault) : Number.parseInt(byDefault, 10) !== value;
    })
    .map(({ name }) => name);
}

describe('docs/guide.md', () => {
  it('has a table of all limits, as their doc comments say', async () => {
    expect(limits.map(({ name }) => name)).toEqual(['maxImageBytes', 'maxImagePixels', ...Object.keys(DEFAULT_LIMITS)]);
    expect((await readFile(PAGE, 'utf8')).match(TABLE)?.[0]).toBe(table);
  });

  it('names the real defaults', () => {
    expect(wrongDefaults(limits)).toEqual([]);
    expect(wrongDefaults([{ name: 'maxRetries', meaning: '', byDefault: '5' }])).toEqual(['maxRetries']);
  });
});
