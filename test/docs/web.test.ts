/** docs/web.md: its long examples are the files of examples/web, which run in tests. */
import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const PAGE = 'docs/web.md';
const EXAMPLE = /<!-- example: (\S+) -->\n```(tsx?)\n([\s\S]*?)```/g;

async function withExamples(page: string): Promise<string> {
  let text = page;
  for (const [block, file, language] of page.matchAll(EXAMPLE)) {
    const code = await readFile(`examples/web/${file}`, 'utf8');
    text = text.replace(block, () => `<!-- example: ${file} -->\n\`\`\`${language}\n${code}\`\`\``);
  }
  return text;
}

it('shows every example exactly as it is in examples/web', async () => {
  const page = await readFile(PAGE, 'utf8');
  const wanted = await withExamples(page);
  if (process.env.UPDATE_DOCS) await writeFile(PAGE, wanted);
  expect([...page.matchAll(EXAMPLE)]).toHaveLength(5);
  expect(await readFile(PAGE, 'utf8')).toBe(wanted);
});
