/** The reference in docs/cli.md, made of the commands themselves. */
import { Writable } from 'node:stream';
import type { Argument, Command, Option } from 'commander';
import { EXIT_CODES } from '../../../src/apps/cli/exit-codes.ts';
import { createProgram } from '../../../src/apps/cli/program.ts';

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

/** The program as it is, for looking at. */
export function theProgram(): Command {
  const streams = { stdout: nowhere(), stderr: nowhere() };
  return createProgram({ version: '0.0.0' } as never, () => undefined, String, streams);
}

export interface Named {
  /** As it is typed, e.g. `history search`. */
  readonly name: string;
  readonly command: Command;
}

/** Every command that does something, groups opened. */
export function commandsOf(program: Command, above = ''): readonly Named[] {
  return program.commands.flatMap((command) => {
    const name = `${above}${command.name()}`;
    return command.commands.length > 0 ? commandsOf(command, `${name} `) : [{ name, command }];
  });
}

export function reference(program: Command): string {
  const commands = commandsOf(program);
  const drawing = commands.find(({ name }) => name === 'generate')?.command;
  const shared = (command: Command) =>
    drawing === undefined || command === drawing ? [] : sharedWith(drawing, command);
  return [
    ...['## Options of every command', '', ...optionRows(optionsOf(program)), ''],
    ...commands.flatMap(({ name, command }) => {
      const asThere = shared(command);
      const own = optionRows(optionsOf(command).filter((option) => !asThere.includes(option)));
      return [
        `## \`imagen ${[name, ...command.registeredArguments.map(argumentWords)].join(' ')}\``,
        '',
        `${command.description().slice(0, 1).toUpperCase()}${command.description().slice(1)}.`,
        ...command.registeredArguments.map((argument) => `\n- \`${argumentWords(argument)}\`: ${argument.description}`),
        ...(own.length > 0 ? ['', ...own] : []),
        ...(asThere.length > 0
          ? ['', `As in \`imagen generate\`: ${asThere.map(({ long }) => `\`${long}\``).join(', ')}.`]
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

/** Options that say the same there. Fewer than a handful are written out. */
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
