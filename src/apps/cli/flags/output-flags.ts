/** Flags for where images are saved and shown, on every command that generates. */
import type { Command } from 'commander';
import { readInteger } from './number-flag.ts';

export function addPlanOption(command: Command): Command {
  return command.option('--plan', 'show what would be sent and what it would cost; sends nothing');
}

export function addOutputOptions(command: Command): Command {
  command.option(
    '-o, --out <path>',
    'file or directory, or - for standard output; never overwrites a file (default: a name made from the prompt)',
  );
  return addPlanOption(command)
    .option('--preview', 'show the image in the terminal')
    .option('--open', 'open the image in its default program');
}

const DEFAULT_CONCURRENCY = 4;

export function addConcurrencyOption(command: Command): Command {
  return command.option(
    '--concurrency <count>',
    `requests at the same time, 1 to 64 (default: ${DEFAULT_CONCURRENCY})`,
  );
}

/** @throws UsageError */
export function readConcurrency({ concurrency }: { readonly concurrency?: string }): number {
  return readInteger('--concurrency', concurrency, 1, 64) ?? DEFAULT_CONCURRENCY;
}
