/** Prose in the docs is wrapped, so that a diff shows which sentence changed. Tables, code, headings and generated parts are not. */
import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const MAX_LENGTH = 160;
const NOT_PROSE = /```[\s\S]*?```|<!-- (\w+)[^>]*-->[\s\S]*?<!-- \/\1[^>]*-->|^ *[|#].*$/gm;

const longLines = (page: string, text: string): readonly string[] =>
  text
    .replace(NOT_PROSE, '')
    .split('\n')
    .flatMap((line) => (line.length > MAX_LENGTH ? [`${page}: ${line.slice(0, 60)}`] : []));

const pages = [
  'README.md',
  ...(await readdir('docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];

it('no line of prose is longer than 160 characters', async () => {
  const found = await Promise.all(pages.map(async (page) => longLines(page, await readFile(page, 'utf8'))));
  expect(found.flat()).toEqual([]);
});

it('a long line is found, but not in a table, in code or in a generated part', () => {
  const long = 'word '.repeat(40);
  expect(longLines('a.md', `short\n${long}\n| ${long} |\n`)).toEqual([`a.md: ${long.slice(0, 60)}`]);
  expect(longLines('a.md', `\`\`\`ts\n${long}\n\`\`\`\n<!-- list -->\n${long}\n<!-- /list -->\n`)).toEqual([]);
});
