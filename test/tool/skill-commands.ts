/** The commands that a page tells an agent to run, and whether the program has them. */
import type { Command } from 'commander';
import { commandsOf } from '../docs/support/cli-page.ts';

const BLOCK = /```bash\n([^`]*)```/g;
const SPAN = /`(imagen [^`\n]+)`/g;
const FLAG_SPAN = /`(--[a-z][^`\n]*)`/g;

export interface PageCommands {
  /** Complete commands, in the order of the page. */
  readonly examples: readonly string[];
  /** Commands in sentences. They may be incomplete. */
  readonly mentions: readonly string[];
  /** Flags in sentences, without the command. */
  readonly flags: readonly string[];
}

export function readCommands(page: string): PageCommands {
  const text = page.replaceAll(BLOCK, '');
  return {
    examples: [...page.matchAll(BLOCK)].flatMap(([, lines = '']) => lines.trim().split('\n')),
    mentions: [...text.matchAll(SPAN)].map(([, command = '']) => command),
    flags: [...text.matchAll(FLAG_SPAN)].map(([, flag = '']) => flag),
  };
}

/** Splits a command as a shell does: double quotes group words, a backslash takes the next character as it is. */
export function splitWords(command: string): readonly string[] {
  return [...command.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain = '']) =>
    quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, '$1'),
  );
}

/** @returns what the program does not have, as sentences */
export function findFaults(program: Command, { examples, mentions, flags }: PageCommands): readonly string[] {
  const flagsOf = (commands: readonly Command[]) =>
    new Set(commands.flatMap(({ options }) => options.flatMap(({ long, short }) => [long, short])));
  const faults = [...examples, ...mentions].flatMap((line) => {
    const [name, ...words] = splitWords(line);
    const found = findCommand(program, words);
    if (name !== 'imagen' || found === undefined) return [`there is no command: ${line}`];
    const known = flagsOf([program, found]);
    return words.filter((word) => /^--?\w/.test(word) && !known.has(word)).map((word) => `no flag ${word}: ${line}`);
  });
  const known = flagsOf([program, ...commandsOf(program).map(({ command }) => command)]);
  const unknown = flags.filter((flag) => !known.has(splitWords(flag)[0])).map((flag) => `no command has ${flag}`);
  return [...faults, ...unknown];
}

/** @returns `undefined`: no command, or a group of commands without a default one */
function findCommand(program: Command, words: readonly string[]): Command | undefined {
  const [word, ...rest] = words;
  const inner = program.commands.find((each) => each.name() === word);
  if (inner !== undefined) return findCommand(inner, rest);
  if (program.commands.length === 0) return program;
  // Commander keeps the name of the default command to itself.
  const { _defaultCommandName: name } = program as unknown as { readonly _defaultCommandName?: string };
  const isFlag = word === undefined || word.startsWith('-');
  return isFlag ? program.commands.find((each) => each.name() === name) : undefined;
}
