/** Flags for where and when work of a queue runs. */
import type { Command } from 'commander';
import { containsKey, quoteName } from '../../../providers/protocol/input/hide-keys.ts';
import { isFurtherSubmit } from '../../../providers/protocol/shared/call-ids.ts';
import type { EnqueueOptions } from '../../../queue/index.ts';
import { UsageError } from '../usage-error.ts';
import { readInteger } from './number-flag.ts';
import { readRunAt } from './time-flag.ts';

export interface QueueFlags {
  readonly priority?: string;
  readonly runAt?: string;
}

export function addQueueOptions(command: Command): Command {
  return command
    .option('--priority <number>', 'higher runs first, -100 to 100; a minute of waiting counts as 1 (default: 0)')
    .option('--run-at <time>', 'earliest start: a time (2026-11-25T18:00Z), or how long from now: 10m, 2h, 1d');
}

/** @param queue its name, if one was given @throws UsageError */
export function readQueueFlags(
  queue: string | undefined,
  { priority, runAt }: QueueFlags,
  deadlineMs: number | undefined,
): Omit<EnqueueOptions, 'id'> {
  const name = queue === undefined ? undefined : readQueueName(queue);
  const rank = readInteger('--priority', priority, -100, 100);
  return {
    ...(name !== undefined && { queue: name }),
    ...(rank !== undefined && { priority: rank }),
    ...(runAt !== undefined && { runAt: readRunAt(runAt) }),
    ...(deadlineMs !== undefined && { deadlineMs }),
  };
}

/** @throws UsageError */
export function readQueueName(text: string): string {
  if (/^[A-Za-z0-9_.-]{1,64}$/.test(text) && !containsKey(text)) return text;
  throw new UsageError(
    `invalid --queue ${quoteName(text, 64)}`,
    'Use 1 to 64 letters, digits, -, _ and ., for example --queue posters.',
  );
}

/** @throws UsageError */
export function readWorkId(text: string): string {
  const shown = quoteName(text, 40);
  if (!/^[A-Za-z0-9][A-Za-z0-9_.:-]{15,127}$/.test(text)) {
    throw new UsageError(
      `invalid --id ${shown}`,
      'Use 16 to 128 letters, digits, -, _, . and :, and begin with a letter or digit, for example a UUID. Work with the same id is added once.',
    );
  }
  if (!isFurtherSubmit(text)) return text;
  throw new UsageError(
    `invalid --id ${shown}: an id that ends in - and a short number means a further attempt`,
    'Use another end, for example a letter after the number.',
  );
}
