/** Reads what a shell can complete from the commands themselves. */

import type { Command, Option } from 'commander';
import { listProviders } from '../../../index.ts';
import {
  BACKGROUNDS,
  IMAGE_FORMATS,
  OPERATIONS,
  QUALITIES,
  SAFETY_LEVELS,
  SIZE_WORDS,
} from '../../../providers/protocol/vocabulary.ts';
import { WORK_STATES } from '../../../queue/queue-engine.ts';
import { CLIENTS } from '../mcp/client-config.ts';
import { ABILITIES } from '../output/tables/model-texts.ts';

/** What a flag or an argument takes. */
export type FlagValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'file' }
  | { readonly kind: 'directory' }
  | { readonly kind: 'any' }
  | { readonly kind: 'words'; readonly words: readonly string[] };

export interface Flag {
  /** As typed: `-o`, `--out`. */
  readonly names: readonly string[];
  readonly value: FlagValue;
  readonly description: string;
}

export interface CompletionPosition {
  /** Command and subcommand, e.g. `config init`; empty for the program. */
  readonly path: string;
  readonly description: string;
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
  readonly flags: readonly Flag[];
  /** What its arguments take. */
  readonly argument: FlagValue;
}

/** Closed lists, by flag or `<argument>`. A test compares them with the commands. */
export const VALUES: Readonly<Record<string, readonly string[]>> = {
  '--provider': listProviders().map(({ id }) => id),
  '--format': IMAGE_FORMATS,
  '--quality': QUALITIES,
  '--background': BACKGROUNDS,
  '--safety': SAFETY_LEVELS,
  '--operation': OPERATIONS,
  '--size': SIZE_WORDS,
  '--can': ABILITIES,
  '--state': WORK_STATES,
  '--print-config': CLIENTS,
  '<shell>': ['bash', 'zsh', 'fish'],
};

/** Returns the program and every command. */
export function completionPositions(program: Command): readonly CompletionPosition[] {
  const all = program.options.map(toFlag);
  const walk = (command: Command, above: readonly string[]): readonly CompletionPosition[] => {
    const path = command === program ? [] : [...above, command.name()];
    const subcommands = command.commands.map((each) => ({ name: each.name(), description: each.description() }));
    const help: Flag = { names: ['-h', '--help'], value: { kind: 'none' }, description: 'show help' };
    // A group takes the flags of its default command.
    const defaultCommand = command.commands.find((each) => each.name() === defaultNameOf(command));
    const own = command === program ? [] : [...command.options, ...(defaultCommand?.options ?? [])].map(toFlag);
    const first = command.registeredArguments[0];
    const position: CompletionPosition = {
      path: path.join(' '),
      description: command.description(),
      subcommands,
      flags: [...own, ...all, help],
      argument:
        first === undefined
          ? { kind: 'none' }
          : flagValue(first.name(), first.argChoices ?? VALUES[`<${first.name()}>`]),
    };
    return [position, ...command.commands.flatMap((each) => walk(each, path))];
  };
  return walk(program, []);
}

/** commander has no public API for it. */
function defaultNameOf(command: Command): string | undefined {
  return (command as unknown as { readonly _defaultCommandName?: string | null })._defaultCommandName ?? undefined;
}

function toFlag(option: Option): Flag {
  const { short, long, flags, description, argChoices } = option;
  const names = [short, long].filter((name) => name !== undefined);
  // The name inside the brackets of `--out <path>`.
  const named = (flags.split(' ').at(-1) ?? '').slice(1, -1);
  // A word after a flag with an optional value may be the value, or an argument.
  const value: FlagValue = option.required ? flagValue(named, argChoices ?? VALUES[long ?? '']) : { kind: 'none' };
  return { names, value, description };
}

/** @param named as in the help */
function flagValue(named: string, words: readonly string[] | undefined): FlagValue {
  if (words !== undefined) return { kind: 'words', words };
  if (/^(?:file|path|image)$/i.test(named)) return { kind: 'file' };
  if (/^(?:directory|folder)$/i.test(named)) return { kind: 'directory' };
  return { kind: 'any' };
}
