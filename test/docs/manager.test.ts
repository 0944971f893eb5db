/** docs/manager.md: its examples are files that run. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, it, vi } from 'vitest';
import { STEPS } from '../../src/manager/steps.ts';

const EXAMPLE = /<!-- example: (\S+) -->\n```ts\n([\s\S]*?)```/g;
const PAGE = 'docs/manager.md';

if (process.env.UPDATE_DOCS) {
  let text = await readFile(PAGE, 'utf8');
  for (const [block, name] of text.matchAll(EXAMPLE)) {
    const code = await readFile(`examples/manager/${name}`, 'utf8');
    text = text.replace(block, () => `<!-- example: ${name} -->\n\`\`\`ts\n${code}\`\`\``);
  }
  await writeFile(PAGE, text);
}
const page = await readFile(PAGE, 'utf8');
const files = await readdir('examples/manager');

it('shows every example as it is', async () => {
  const shown = [...page.matchAll(EXAMPLE)];
  expect(shown.map(([, name]) => name).sort()).toEqual(files.sort());
  for (const [, name, code] of shown) expect(code, name).toBe(await readFile(`examples/manager/${name}`, 'utf8'));
});

it.each(files)('%s runs', async (name) => {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((...words) => void lines.push(words.join(' ')));
  await import(resolve('examples/manager', name));
  expect(lines.length).toBeGreaterThan(0);
  if (name === 'budget.ts') expect(lines[0]).toMatch(/^policy_denied profile guest/);
  if (name === 'plan.ts') expect(lines[0]).toMatch(/^recraft /);
});

it('names the steps in their order', () => {
  const rows = [...page.matchAll(/^\| (\w+) \|/gm)].map(([, step]) => step);
  expect(rows.filter((row) => row !== 'Step')).toEqual(STEPS.slice(1));
});
