import type { Command } from 'commander';
import type { CommandContext, GlobalOptions } from './context.ts';
import type { Exit } from './exit-codes.ts';

/** The registration API for commands: each file in `commands/` adds its own to the program. */
export interface Commands {
  readonly program: Command;
  /** Makes a handler: what `work` returns is how the command ended. */
  readonly action: <Arguments extends unknown[], Options>(
    work: (...args: [...Arguments, Options & GlobalOptions, CommandContext]) => Promise<Exit>,
  ) => (...args: [...Arguments, Options, Command]) => Promise<void>;
}
