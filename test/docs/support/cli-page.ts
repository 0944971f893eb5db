/** The reference in docs/cli.md, made of the commands themselves. */
import { Writable } from 'node:stream';
import type { Argument, Command } from 'commander';
import { EXIT_CODES } from '../../../src/apps/cli/exit-codes.ts';
import { createProgram } from '../../../src/apps/cli/run.ts';

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
  return [
    ...['## Options of every command', '', ...optionRows(program), ''],
    ...commandsOf(program).flatMap(({ name, command }) => [
      `## \`imagen ${[name, ...command.registeredArguments.map(argumentWords)].join(' ')}\``,
      '',
      `${capital(command.description())}.`,
      '',
      ...optionRows(command),
      '',
    ]),
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

function optionRows(command: Command): readonly string[] {
  const options = command.createHelp().visibleOptions(command);
  const rows = options
    .filter(({ long }) => long !== '--help')
    .map(({ flags, description }) => `| \`${flags}\` | ${capital(description).replaceAll('|', '\\|')} |`);
  return rows.length === 0 ? [] : ['| Flag | Meaning |', '| --- | --- |', ...rows];
}

function argumentWords(argument: Argument): string {
  const dots = argument.variadic ? '...' : '';
  return argument.required ? `<${argument.name()}${dots}>` : `[${argument.name()}${dots}]`;
}

const capital = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
