/** Checks the style rules that a machine can check: unique type names, small folders and files, and one word per thing. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, sourceFiles } from './support/tree.ts';

const MAX_FILES_PER_FOLDER = 15;
const MAX_LINES_PER_FILE = 300;

/** Long tables and long state machines may stay long. Each has its reason. */
const LONG_FILES: Readonly<Record<string, string>> = {
  'src/transport/body/scan/json-scanner.ts': 'one state machine',
  'src/apps/server/api/openapi/descriptions.ts': 'one generated table',
};

/** Words that this project does not use, and the word to use. Matched in source, documentation, contracts and test titles. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bpictures?\b/i, 'image'],
  [/\brooms?\b/i, 'module, space or slot'],
  [/\b(?:nobody|whoever|somebody)\b/i, 'the caller, the provider, the process, the store'],
  [/\b(?:front door|purse|shelf|shelves)\b/i, 'package root, ledger, storage'],
  [/\bthe usual (?:one|size|model)\b/i, 'default'],
];

/** Phrases that may contain such a word, by file. Each has its reason. */
const ALLOWED_PHRASES: Readonly<Record<string, { readonly phrases: readonly string[]; readonly why: string }>> = {
  'src/providers/kit/image/formats/jpeg-declared-data.ts': {
    phrases: ['Multi-Picture'],
    why: 'the name of a standard, CIPA DC-007',
  },
  'src/manager/prompt/styles.ts': {
    phrases: ['picture-book illustration'],
    why: 'a genre; part of the prompt that is sent',
  },
  'src/governance/rules.ts': { phrases: ["'picture'"], why: 'a word that the transport must not contain' },
  'contracts/amendments/0007-plain-wording.md': {
    phrases: ['*picture*', '*room*'],
    why: 'quotes the words that the amendment replaced',
  },
  'CHANGELOG.md': {
    phrases: ['`no-picture`', '`whole-picture`', '`rooms`', '`pictures`'],
    why: 'names that were replaced',
  },
};

const texts: Readonly<Record<string, string>> = Object.fromEntries(
  ['src', 'docs', 'contracts', 'examples', 'bench']
    .flatMap((folder) =>
      readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' }).map(
        (path) => `${folder}/${path.replaceAll('\\', '/')}`,
      ),
    )
    .filter((path) => /\.(?:ts|md)$/.test(path))
    .concat('README.md', 'CHANGELOG.md')
    .map((path) => [path, readFileSync(`${root}${path}`, 'utf8')]),
);

const TITLE = /\b(?:it|test|describe)(?:\.\w+)?\(\s*(['"`])((?:\\.|(?!\1)[^\\\n]){1,300})\1/g;
const titles: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => [`test/${path.replaceAll('\\', '/')}`, titlesIn(readFileSync(`${root}test/${path}`, 'utf8'))]),
);

function titlesIn(source: string): string {
  return [...source.matchAll(TITLE)].map(([, , title]) => title).join('\n');
}

function findDuplicateTypes(files: Readonly<Record<string, string>>): string[] {
  const places = new Map<string, string[]>();
  for (const [file, source] of Object.entries(files)) {
    for (const [, name = ''] of source.matchAll(
      /^export (?:declare )?(?:abstract )?(?:interface|type|class|enum) (\w+)/gm,
    )) {
      places.set(name, [...(places.get(name) ?? []), file]);
    }
  }
  return [...places].filter(([, found]) => found.length > 1).map(([name, found]) => `${name}: ${found.join(', ')}`);
}

function findFullFolders(files: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > MAX_FILES_PER_FOLDER)
    .map(([folder, count]) => `${folder}: ${count} files`);
}

function findLongFiles(files: Readonly<Record<string, string>>): string[] {
  return Object.entries(files)
    .map(([file, source]) => [file, source.split('\n').length - 1] as const)
    .filter(([file, lines]) => lines > MAX_LINES_PER_FILE && !(file in LONG_FILES))
    .map(([file, lines]) => `${file}: ${lines} lines`);
}

function findWords(files: Readonly<Record<string, string>>): string[] {
  return Object.entries(files).flatMap(([file, source]) =>
    source.split('\n').flatMap((line, index) => {
      const checked = (ALLOWED_PHRASES[file]?.phrases ?? []).reduce(
        (rest, phrase) => rest.replaceAll(phrase, ''),
        line,
      );
      return WORDS.flatMap(([word, say]) => {
        const [found] = word.exec(checked) ?? [];
        return found ? [`${file}:${index + 1} says "${found}". Say: ${say}.`] : [];
      });
    }),
  );
}

const source = Object.fromEntries(sourceFiles.map((file) => [file, texts[file] ?? '']));

describe('the source', () => {
  it('is checked completely', () => {
    expect(sourceFiles.length).toBeGreaterThan(550);
    expect(Object.values(source)).not.toContain('');
    expect(Object.keys(titles).length).toBeGreaterThan(200);
  });

  it('exports no two types with the same name', () => expect(findDuplicateTypes(source)).toEqual([]));

  it(`has at most ${MAX_FILES_PER_FOLDER} files in a folder`, () => expect(findFullFolders(sourceFiles)).toEqual([]));

  it(`has at most ${MAX_LINES_PER_FILE} lines in a file`, () => expect(findLongFiles(source)).toEqual([]));

  it('names only long files that exist', () =>
    expect(Object.keys(LONG_FILES).filter((file) => !(file in source))).toEqual([]));
});

describe('the vocabulary', () => {
  it('of source and documentation has no words that the style replaces', () => expect(findWords(texts)).toEqual([]));

  it('are allowed only in phrases that exist', () =>
    expect(
      Object.entries(ALLOWED_PHRASES).flatMap(([file, { phrases }]) =>
        phrases.filter((phrase) => !texts[file]?.includes(phrase)).map((phrase) => `${file}: ${phrase}`),
      ),
    ).toEqual([]));

  it('of test titles has no words that the style replaces', () => expect(findWords(titles)).toEqual([]));
});

describe('each check', () => {
  it('finds a planted fault', () => {
    expect(findDuplicateTypes({ 'a.ts': 'export interface Place {}', 'b.ts': 'export type Place = string;' })).toEqual([
      'Place: a.ts, b.ts',
    ]);
    expect(findFullFolders(Array.from({ length: 16 }, (_, index) => `src/full/${index}.ts`))).toEqual([
      'src/full: 16 files',
    ]);
    expect(findLongFiles({ 'src/long.ts': '\n'.repeat(301) })).toEqual(['src/long.ts: 301 lines']);
    expect(findWords({ 'a.md': 'one\nNobody can do it' })).toHaveLength(1);
    expect(findWords({ 'src/governance/rules.ts': "words: ['picture'] // a picture" })).toHaveLength(1);
    expect(titlesIn("it('keeps the file', () => {})")).toBe('keeps the file');
  });
});
