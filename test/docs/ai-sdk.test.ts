/** docs/ai-sdk.md: its examples are files that run with the AI SDK. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, it, vi } from 'vitest';

const PAGE = 'docs/ai-sdk.md';
const FOLDER = 'examples/ai-sdk';
const EXAMPLE = /<!-- example: (\S+) -->\n```ts\n([\s\S]*?)```/g;

/** What each example prints. The models are parts of others, and print nothing. */
const PRINTED: Readonly<Record<string, readonly RegExp[]>> = {
  'first.ts': [/^image\/png 0$/, /^image\/png 0$/, /^0 warnings$/],
  'errors.ts': [/^outcome_unknown unknown false$/, /^unknown$/],
  'provider.ts': [/^3 0\.06$/],
  'middleware.ts': [/a-red-fox.*\.png$/],
  'tools.ts': [/^Here is your fox\.$/, /a-red-fox-in-the-snow.*\.png$/],
};

if (process.env.UPDATE_DOCS) {
  let text = await readFile(PAGE, 'utf8');
  for (const [block, file] of text.matchAll(EXAMPLE)) {
    const code = await readFile(`${FOLDER}/${file}`, 'utf8');
    text = text.replace(block, () => `<!-- example: ${file} -->\n\`\`\`ts\n${code}\`\`\``);
  }
  await writeFile(PAGE, text);
}

it('shows every example exactly as it is in examples/', async () => {
  const shown = [...(await readFile(PAGE, 'utf8')).matchAll(EXAMPLE)];
  expect(shown.map(([, file]) => file).sort()).toEqual((await readdir(FOLDER)).sort());
  for (const [, file, code] of shown) expect(code, file).toBe(await readFile(`${FOLDER}/${file}`, 'utf8'));
});

it.each(Object.entries(PRINTED))('%s runs', async (file, lines) => {
  const printed: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((...words) => void printed.push(words.join(' ')));
  await import(resolve(FOLDER, file));
  expect(printed).toEqual(lines.map((line) => expect.stringMatching(line)));
});
