/** Writes the reference in docs/cli.md from the commands themselves. */
import { Writable } from 'node:stream';
import type { Argument, Command, Option } from 'commander';
import { COMMANDS } from '../../../src/apps/cli/commands.ts';
import { EXIT_CODES } from '../../../src/apps/cli/exit-codes.ts';
import { createProgram } from '../../../src/apps/cli/program.ts';

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

/** Creates the program with every command, without running it. */
export function theProgram(): Promise<Command> {
  return createProgram(
    COMMANDS.map(({ name }) => name),
    {
      version: '0.0.0',
      stdout: nowhere(),
      onError: () => undefined,
      onExit: () => undefined,
      openContext: () => Promise.reject(new Error('no command runs here')),
    },
  );
}

export interface Named {
  /** As a user types it, e.g. `history search`. */
  readonly name: string;
  readonly command: Command;
}

/** Returns every command that can run; groups are replaced by their commands. */
export function commandsOf(program: Command, prefix = ''): readonly Named[] {
  return program.commands.flatMap((command) => {
    const name = `${prefix}${command.name()}`;
    return command.commands.length > 0 ? commandsOf(command, `${name} `) : [{ name, command }];
  });
}

export function reference(program: Command): string {
  const commands = commandsOf(program);
  const generate = commands.find(({ name }) => name === 'generate')?.command;
  const shared = (command: Command) =>
    generate === undefined || command === generate ? [] : sharedWith(generate, command);
  return [
    ...['## Options of every command', '', ...optionRows(optionsOf(program)), ''],
    ...commands.flatMap(({ name, command }) => {
      const sharedOptions = shared(command);
      const own = optionRows(optionsOf(command).filter((option) => !sharedOptions.includes(option)));
      return [
        `## \`imagen ${[name, ...command.registeredArguments.map(argumentWords)].join(' ')}\``,
        '',
        `${command.description().slice(0, 1).toUpperCase()}${command.description().slice(1)}.`,
        ...command.registeredArguments.map((argument) => `\n- \`${argumentWords(argument)}\`: ${argument.description}`),
        ...(own.length > 0 ? ['', ...own] : []),
        ...(sharedOptions.length > 0
          ? ['', `As in \`imagen generate\`: ${sharedOptions.map(({ long }) => `\`${long}\``).join(', ')}.`]
          : []),
        '',
      ];
    }),
    ...[
      '## Exit codes',
      '',
      'Scripts can rely on them: [contracts/exit-codes.json](../contracts/exit-codes.json).',
      '',
    ],
    ...['| Code | Meaning |', '| --- | --- |'],
    ...Object.values(EXIT_CODES).map(({ code, meaning }) => `| ${code} | ${meaning} |`),
  ].join('\n');
}

const optionsOf = (command: Command): readonly Option[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help');

/** Returns options that both commands have with the same description; none if there are only a few. */
function sharedWith(other: Command, command: Command): readonly Option[] {
  const known = new Set(optionsOf(other).map(({ flags, description }) => `${flags} ${description}`));
  const same = optionsOf(command).filter(({ flags, description }) => known.has(`${flags} ${description}`));
  return same.length > 5 ? same : [];
}

function optionRows(options: readonly Option[]): readonly string[] {
  const rows = options.map(({ flags, description }) => `| \`${flags}\` | ${description.replaceAll('|', '\\|')} |`);
  return rows.length === 0 ? [] : ['| Flag | Meaning |', '| --- | --- |', ...rows];
}

function argumentWords(argument: Argument): string {
  const dots = argument.variadic ? '...' : '';
  return argument.required ? `<${argument.name()}${dots}>` : `[${argument.name()}${dots}]`;
}
