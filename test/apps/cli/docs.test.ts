/** docs/cli.md says what the program does: its flags and exit codes are the program's. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EXIT_CODES } from '../../../src/apps/cli/exit-codes.ts';
import { IMAGE_FORMATS } from '../../../src/providers/protocol/vocabulary.ts';
import { imagen, temporaryFolder } from './support.ts';

const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');

it('the table of exit codes is the program’s', () => {
  const rows = [...page.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, code, meaning]) => ({
    code: Number(code),
    meaning,
  }));
  expect(rows).toEqual(Object.values(EXIT_CODES));
});

it('the flags are the program’s', async () => {
  await using folder = await temporaryFolder();
  const { stdout } = await imagen(['generate', '--help'], { cwd: folder.path });
  const flags = [...stdout.matchAll(/^ {2}(-\S.*?) {2,}/gm)].map(([, flag]) => flag);
  expect(flags.length).toBeGreaterThan(5);
  expect([...page.matchAll(/^\| `(-[^`]+)` \|/gm)].map(([, flag]) => flag)).toEqual(flags);
  const { stdout: commands } = await imagen(['--help'], { cwd: folder.path });
  const named = [...commands.matchAll(/^ {2}([a-z]+) (?:\[options\] )?(\S+)? {2,}/gm)].map(([, name, words]) =>
    `${name} ${words ?? ''}`.trim(),
  );
  expect(named.filter((name) => !name.startsWith('help'))).toEqual(
    [...page.matchAll(/^## `imagen ([^`]+)`/gm)].map(([, name]) => name),
  );
});

it('the formats are all there', () => {
  const row = /^\| `--format.*$/m.exec(page)?.[0] ?? '';
  for (const format of IMAGE_FORMATS) expect(row).toContain(`\`${format}\``);
});
