/** Every help text fits the terminal, whichever command prints it. */
import { Writable } from 'node:stream';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/apps/cli/commands.ts';
import { createProgram } from '../../../src/apps/cli/program.ts';

/** Runs `imagen …args`, which only prints a help text. */
async function printed(args: readonly string[], columns?: number): Promise<string> {
  let text = '';
  const keep = (chunk: unknown) => {
    text += String(chunk);
  };
  const stdout = new Writable({
    write(chunk, _, done) {
      keep(chunk);
      done();
    },
  });
  const program = await createProgram(args, {
    version: '0.0.0',
    stdout: Object.assign(stdout, columns === undefined ? {} : { columns }),
    onError: keep,
    onExit: () => undefined,
    openContext: () => Promise.reject(new Error('no command runs here')),
  });
  await program.parseAsync(args, { from: 'user' }).catch((error: { code?: string }) => {
    if (!/^commander\.(?:help|helpDisplayed)$/.test(error.code ?? '')) throw error;
  });
  return text;
}

/** The words of every command, and of every group of commands. */
function wordsOf(command: Command): readonly (readonly string[])[] {
  return command.commands.flatMap((each) => [[each.name()], ...wordsOf(each).map((words) => [each.name(), ...words])]);
}

const program = await createProgram(
  COMMANDS.map(({ name }) => name),
  {
    version: '0.0.0',
    stdout: new Writable(),
    onError: () => undefined,
    onExit: () => undefined,
    openContext: () => Promise.reject(new Error('no command runs here')),
  },
);
const commands = [[], ...wordsOf(program)];

const tooLong = (text: string, columns: number) => text.split('\n').filter((line) => line.length > columns);

describe('the help text', () => {
  it('of every command and group is printed by this test', () => {
    expect(commands.length).toBeGreaterThan(COMMANDS.length);
    expect(commands).toContainEqual(['history', 'search']);
  });

  it.each(commands.map((words) => [['imagen', ...words, '--help'].join(' '), words] as const))(
    'of %s fits in 80 columns, also where the terminal does not say its width',
    async (_, words) => {
      for (const columns of [undefined, 80]) {
        const text = await printed([...words, '--help'], columns);
        expect(text).toContain('Usage: imagen');
        expect(tooLong(text, 80)).toEqual([]);
      }
    },
  );

  it('that is printed without a command fits too', async () => {
    const text = await printed([]);
    expect(text).toContain('Exit codes:');
    expect(tooLong(text, 80)).toEqual([]);
  });

  it('of a narrow terminal wraps the exit codes below their beginning, and a wider one does not', async () => {
    const narrow = await printed(['--help'], 50);
    expect(tooLong(narrow.slice(narrow.indexOf('Exit codes:')), 50)).toEqual([]);
    expect(narrow).toMatch(/^ {4}7 {2}No complete image came; [^\n]*\n {7}\w/m);
    expect(await printed(['--help'], 80)).toMatch(/^ {4}7 {2}No complete image came; .* Check before a retry\.$/m);
  });
});
