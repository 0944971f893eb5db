/** docs/agents.md and docs/mcp.md: their tables of tools and their numbers are those of the tools. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { MAX_ANSWER_LENGTH } from '../../src/apps/mcp/results/fit-answer.ts';
import { MAX_PREVIEW_SIDE } from '../../src/tool/files/create-preview.ts';
import { TOOL_DEFAULTS } from '../../src/tool/setting-limits.ts';
import { GENERATES } from '../../src/tool/tools/tool-definition.ts';
import { TOOL_TABLE } from '../../src/tool/tools/tool-table.ts';

const ROW = /^\| `(\w+)` \|.*\| (yes|no) \|$/gm;
const rowsOf = (text: string) => [...text.matchAll(ROW)].map(([, name, costs]) => ({ name, costs }));
const expected = TOOL_TABLE.map(({ name, annotations }) => ({ name, costs: annotations === GENERATES ? 'yes' : 'no' }));

it.each(['docs/agents.md', 'docs/mcp.md'])(
  '%s lists every tool in its order, and says which ones cost money',
  async (page) => {
    expect(rowsOf(await readFile(page, 'utf8'))).toEqual(expected);
  },
);

it('a page that lacks a tool, or says the wrong thing about money, is found', async () => {
  const text = await readFile('docs/mcp.md', 'utf8');
  expect(rowsOf(text.replace('| `select_image` |', '| select_image |'))).not.toEqual(expected);
  expect(rowsOf(text.replace(/^(\| `edit_image` .*)yes \|$/m, '$1no |'))).not.toEqual(expected);
});

const { maxUsd, maxImages, confirmAboveUsd, unpricedUsd, answerWithinMs } = TOOL_DEFAULTS;
const waitSeconds = answerWithinMs / 1_000;

it.each([
  ['docs/agents.md', `\`maxUsd\` (${maxUsd}) and \`maxImages\` (${maxImages})`],
  ['docs/agents.md', `\`confirmAboveUsd\` (${confirmAboveUsd})`],
  ['docs/agents.md', `without a known price counts ${unpricedUsd} per image`],
  ['docs/agents.md', `takes longer than ${waitSeconds} seconds`],
  ['docs/mcp.md', `may spend ${maxUsd} dollars and generate ${maxImages} images`],
  ['docs/mcp.md', `above ${confirmAboveUsd.toFixed(2)} dollars`],
  ['docs/mcp.md', `answers within ${waitSeconds} seconds`],
  ['docs/mcp.md', `at most ${MAX_PREVIEW_SIDE} pixels a side`],
  ['docs/mcp.md', `at most ${MAX_ANSWER_LENGTH.toLocaleString('en-US')} characters`],
  ['docs/configuration.md', `| \`max_usd\` | number | \`${maxUsd}\``],
  ['docs/configuration.md', `| \`max_images\` | whole number | \`${maxImages}\``],
  ['docs/configuration.md', `| \`confirm_above_usd\` | number | \`${confirmAboveUsd}\``],
  ['src/tool/image-tools.ts', `at most ${MAX_PREVIEW_SIDE} pixels a side`],
])('%s says: %s', async (page, sentence) => {
  expect((await readFile(page, 'utf8')).replaceAll(/\s+/g, ' ')).toContain(sentence);
});

it('the doc comments of the settings name the real defaults', async () => {
  const comments = await readFile('src/tool/settings.ts', 'utf8');
  for (const [name, value] of Object.entries(TOOL_DEFAULTS)) {
    expect(comments).toContain(`@default ${value} */\n  readonly ${name}?:`);
  }
});
