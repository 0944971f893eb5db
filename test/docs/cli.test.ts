/** docs/cli.md, the recorded help texts and contracts/exit-codes.json match the program. */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/apps/cli/exit-codes.ts';
import { IMAGE_FORMATS } from '../../src/providers/protocol/vocabulary.ts';
import { commandsOf, reference, theProgram } from './support/cli-page.ts';

const PAGE = 'docs/cli.md';
const HELP = 'test/docs/golden/help.txt';
const CODES = 'contracts/exit-codes.json';
const STALE = 'Regenerate it: UPDATE_DOCS=1 npx vitest run test/docs';
const REFERENCE = /<!-- reference -->\n[\s\S]*?<!-- \/reference -->/;

const program = await theProgram();
const wanted = `<!-- reference -->\n${reference(program)}\n<!-- /reference -->`;
const helps = [{ name: '', command: program }, ...commandsOf(program)]
  .map(({ name, command }) => `$ imagen ${`${name} --help`.trim()}\n${command.helpInformation()}`)
  .join('\n');

if (process.env.UPDATE_DOCS) {
  await writeFile(
    PAGE,
    (await readFile(PAGE, 'utf8')).replace(REFERENCE, () => wanted),
  );
  await writeFile(HELP, helps);
}

describe('the documentation of the command line', () => {
  it('lists every command with its flags, and the exit codes, in docs/cli.md', async () => {
    expect((await readFile(PAGE, 'utf8')).match(REFERENCE)?.[0], STALE).toBe(wanted);
    for (const format of IMAGE_FORMATS) expect(wanted).toContain(format);
  });

  it('changes when a flag is added', async () => {
    const other = await theProgram();
    other.commands[0]?.option('--planted', 'not documented');
    expect(reference(other)).not.toBe(reference(program));
  });

  it('records the help text of every command', async () => {
    expect(await readFile(HELP, 'utf8'), STALE).toBe(helps);
    expect(helps.match(/^\$ imagen /gm)?.length).toBe(commandsOf(program).length + 1);
  });

  it('lists the exit codes in contracts/exit-codes.json', async () => {
    const codes = Object.fromEntries(Object.values(EXIT_CODES).map(({ code, meaning }) => [code, meaning]));
    expect(JSON.parse(await readFile(CODES, 'utf8')), 'A change of an exit code breaks scripts.').toEqual({
      version: 1,
      codes,
    });
  });
});
