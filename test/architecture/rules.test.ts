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

describe('the ids in test titles', () => {
  const page = readFileSync(`${root}docs/architecture.md`, 'utf8');
  const section = page.slice(page.indexOf('## Ids in test titles'), page.indexOf('## How do I enforce'));
  const areas: readonly string[] = [...section.matchAll(/^\| ([A-Z]) \|/gm)].map(([, letter = '']) => letter);

  /** The ids at the beginning of titles, also of rows of `it.each` and of fixtures. */
  const idsIn = (source: string): readonly string[] =>
    [...source.matchAll(/['"`](?:\d{1,3}, )?((?:[A-Z]\d{1,2}[ ,-]{0,2}){1,5})(?:: |, | (?!\d))/g)].flatMap(
      ([, ids = '']) => ids.match(/[A-Z]\d{1,2}/g) ?? [],
    );
  const unexplained = (ids: readonly string[]) => ids.filter((id) => !RULES.includes(id) && !isCase(id));
  const isCase = (id: string) => areas.includes(id.slice(0, 1)) && id.length === 3;

  const found = [...filesBelow('test'), ...filesBelow('src/testing'), ...filesBelow('src/providers')]
    .filter((path) => /\.test\.ts$|-suite\.ts$|checks\.ts$|fixtures\/[^/]+\.json$/.test(path) && !own.test(path))
    .flatMap((path) => idsIn(readFileSync(path, 'utf8')));

  it('are each a rule of the contract, or a case in an area that docs/architecture.md explains', () => {
    expect(new Set(found).size).toBeGreaterThan(200);
    expect([...new Set(unexplained(found))]).toEqual([]);
  });

  it('are explained only if tests have them', () => {
    expect(areas.filter((letter) => !found.some((id) => isCase(id) && id.startsWith(letter)))).toEqual([]);
    // An area may have the letter of rules, because cases have two digits.
    expect(RULES.filter(isCase)).toEqual([]);
  });

  it('are found in titles, rows and fixtures, and an unexplained one is noticed', () => {
    const source = `it('9, Z10: a', f); it.each([['M07 b', 1]]); {"title": "P5: c"} it('J01 M3: d', f)`;
    expect(idsIn(source)).toEqual(['Z10', 'M07', 'P5', 'J01', 'M3']);
    expect(unexplained(idsIn(source))).toEqual(['Z10', 'M07', 'P5']);
  });
});
