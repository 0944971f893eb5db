import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { root } from './support/tree.ts';

const contract = readFileSync(`${root}contracts/ai-image-provider.md`, 'utf8');
const RULES = ['M1', 'M2', 'M3', 'M4', 'M5', 'M6', 'P1', 'P2', 'P3', 'P4', 'S1', 'S2', 'S3'];

const TITLE = /(?:\b(?:it|test|describe)(?:\.\w+)?|\]\))\(\s*(['"`])((?:\\.|(?!\1)[^\\\n]){1,300})\1/g;
/** The title of a check in the contract suite. */
const CHECK = /^\s+title: '([^']{1,300})',$/gm;

const filesBelow = (folder: string) =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' }).map((path) => `${root}${folder}/${path}`);
const own = /rules\.test\.ts$/;

/**
 * The titles of all tests except those in this file: the first text after `it(`, `it.each(…)(`, `describe(` and similar calls, and the
 * titles of the checks in src/testing, which run for every provider.
 */
const titles: readonly string[] = [
  ...filesBelow('test')
    .filter((path) => path.endsWith('.test.ts') && !own.test(path))
    .flatMap((path) => titlesIn(readFileSync(path, 'utf8'))),
  ...filesBelow('src/testing')
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(CHECK)].map(([, title = '']) => title)),
];

function titlesIn(source: string): string[] {
  return [...source.matchAll(TITLE)].map(([, , title = '']) => title);
}

describe('the rules of the contract', () => {
  it('are the agreed thirteen', () => {
    const written = [...contract.matchAll(/^\| ([MPS]\d) \|/gm)].map(([, id]) => id);
    expect(written).toEqual(RULES);
  });

  it.each(RULES)('%s is named by the title of at least one test', (id) => {
    const named = titles.filter((title) => new RegExp(`\\b${id}\\b`).test(title));
    expect(named, `no test title names ${id}`).not.toEqual([]);
  });

  it('are checked for every provider by the contract suite', () => {
    expect(readFileSync(`${root}test/providers/contract.test.ts`, 'utf8')).toContain('describeProvider(');
  });

  it('names the four exceptions that the transport throws', () => {
    const errors = readFileSync(`${root}src/transport/errors.ts`, 'utf8');
    const classes = [...errors.matchAll(/^export class (\w+)/gm)].map(([, name]) => name);
    expect(classes).toEqual([
      'TransportError',
      'TransportAuthError',
      'TransportTimeoutError',
      'TransportRateLimitError',
    ]);
    for (const name of classes) expect(contract).toContain(`| \`${name}\` |`);
  });
});

describe('the search for titles', () => {
  it('finds plain, multi-line, parametrised and template titles, and no other text', () => {
    const source = [
      "it('one', () => {});",
      'test.each([1, 2])("two", () => {});',
      "it.each([\n  ['a', 'b'],\n])(\n  'three',\n  () => {},\n);",
      'describe.only(`four`, () => {});',
      "expect('M9: not a title').toBe('M9');",
    ].join('\n');
    expect(titlesIn(source)).toEqual(expect.arrayContaining(['one', 'three', 'four']));
    expect(titlesIn(source).some((title) => title.includes('M9'))).toBe(false);
  });
});
