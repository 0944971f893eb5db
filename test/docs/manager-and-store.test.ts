/** docs/manager.md, docs/mcp.md, docs/queue.md, docs/server.md and docs/store.md: their examples are files that run. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { MANAGER_STEPS } from '../../src/manager/tracing.ts';

const EXAMPLE = /<!-- example: (\S+) -->\n```ts\n([\s\S]*?)```/g;

/** How the printed lines of an example begin, for examples whose output shows that they worked. */
const LINES: Readonly<Record<string, readonly RegExp[]>> = {
  'mcp.ts': [/^200 true$/],
  'budget.ts': [/^policy_denied profile guest/],
  'plan.ts': [/^recraft /],
  'resume.ts': [/^farm .*a-red-fox.*\.png$/],
  'serve.ts': [/^200$/],
  'save-image.ts': [/fox\.png$/],
};

describe.each(['manager', 'mcp', 'queue', 'server', 'store'])('docs/%s.md', async (name) => {
  const path = `docs/${name}.md`;
  const folder = `examples/${name}`;
  if (process.env.UPDATE_DOCS) {
    let text = await readFile(path, 'utf8');
    for (const [block, file] of text.matchAll(EXAMPLE)) {
      const code = await readFile(`${folder}/${file}`, 'utf8');
      text = text.replace(block, () => `<!-- example: ${file} -->\n\`\`\`ts\n${code}\`\`\``);
    }
    await writeFile(path, text);
  }
  const page = await readFile(path, 'utf8');
  const files = await readdir(folder);

  it('shows every example exactly as it is in examples/', async () => {
    const shown = [...page.matchAll(EXAMPLE)];
    expect(shown.map(([, file]) => file).sort()).toEqual(files.sort());
    for (const [, file, code] of shown) expect(code, file).toBe(await readFile(`${folder}/${file}`, 'utf8'));
  });

  it.each(files)('%s runs', async (file) => {
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((...words) => void lines.push(words.join(' ')));
    await import(resolve(folder, file));
    expect(lines.length).toBeGreaterThan(0);
    for (const [at, line] of (LINES[file] ?? []).entries()) expect(lines[at]).toMatch(line);
  });
});

it('docs/manager.md lists the steps in their order', async () => {
  const page = await readFile('docs/manager.md', 'utf8');
  const rows = [...page.matchAll(/^\| (\w+) \|/gm)].map(([, step]) => step);
  expect(rows.filter((row) => row !== 'Step')).toEqual(MANAGER_STEPS.slice(1));
});
