/** What every command receives, and how it is defined. */
import type { Command } from 'commander';
import type { Exit } from './exit-codes.ts';
import type { Terminal } from './output/terminal/terminal.ts';

export interface CommandContext {
  readonly terminal: Terminal;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly version: string;
  /** Reads standard input. @throws UsageError for more than `maxBytes` */
  readonly readInput: (maxBytes: number) => Promise<string>;
  /** Standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Columns of standard output. */
  readonly width: number;
}

/** Options of the program, given before or after the command's name. */
export interface GlobalOptions {
  readonly config?: string;
  /** `false` with `--no-store`. */
  readonly store?: string | false;
  readonly json?: boolean;
}

/** What a command is defined with. Each file in `commands/` exports a function that takes it. */
export interface CommandSetup {
  /** Has its name and summary already. */
  readonly command: Command;
  /** Turns a function into a handler. The function returns how the command ended, and may throw. */
  readonly action: <Arguments extends unknown[], Options>(
    work: (...args: [...Arguments, Options & GlobalOptions, CommandContext]) => Promise<Exit>,
  ) => (...args: [...Arguments, Options, Command]) => Promise<void>;
  /** Loads every other command too. @returns the program */
  readonly loadProgram: () => Promise<Command>;
}
