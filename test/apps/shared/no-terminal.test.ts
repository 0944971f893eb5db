/** `src/apps/shared` serves every app, so it knows no command line: no import, no flag and no command in a message. */
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

const DIRECTORY = 'src/apps/shared';

async function sources(): Promise<readonly (readonly [name: string, text: string])[]> {
  const names = await readdir(DIRECTORY);
  return Promise.all(names.map(async (name) => [name, await readFile(`${DIRECTORY}/${name}`, 'utf8')] as const));
}

function findTerminalWords(text: string): readonly string[] {
  const imports = [...text.matchAll(/from '(\.\.\/(?:cli|server|mcp|worker|gallery)\/[^']*)'/g)].map(
    ([, path]) => path!,
  );
  const flags = [...text.matchAll(/[ '"`](--[a-z][a-z-]*)/g)].map(([, flag]) => flag!);
  const commands = [...text.matchAll(/imagen (?:generate|jobs|history|backends|config)\b/g)].map(
    ([command]) => command,
  );
  return [...imports, ...flags, ...commands];
}

describe('src/apps/shared', () => {
  it('imports no app and names no flag or command', async () => {
    const files = await sources();
    expect(files.length).toBeGreaterThan(8);
    expect(files.flatMap(([name, text]) => findTerminalWords(text).map((word) => `${name}: ${word}`))).toEqual([]);
  });

  it.each([
    ["import { UsageError } from '../cli/usage-error.ts';", '../cli/usage-error.ts'],
    ["{ hint: 'Leave out --no-store.' }", '--no-store'],
    ["{ hint: 'To see them: imagen jobs list' }", 'imagen jobs'],
  ])('the check finds %s', (text, word) => {
    expect(findTerminalWords(text)).toEqual([word]);
  });
});
