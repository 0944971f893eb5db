/** `imagen queue`: shows the work of queues, and changes it. Generates nothing. */

import type { QueuedWork } from '../../../../queue/index.ts';
import { WORK_STATES, type WorkState } from '../../../../queue/queue-engine.ts';
import type { Store } from '../../../../store/index.ts';
import { findWork } from '../../../shared/open-queue.ts';
import type { CommandContext, CommandSetup, GlobalOptions } from '../../context.ts';
import type { Exit } from '../../exit-codes.ts';
import { readChoice } from '../../flags/enum-flag.ts';
import { readInteger } from '../../flags/number-flag.ts';
import { readQueueName } from '../../flags/queue-flags.ts';
import { alignColumns, withHeader } from '../../output/tables/align-columns.ts';
import {
  countsText,
  noteOn,
  pauseText,
  shortIds,
  WORK_TITLES,
  workDocument,
  workFacts,
  workRow,
} from '../../output/tables/work-rows.ts';
import { withQueue } from '../../queue/with-queue.ts';
import { addChanges } from './changes.ts';
import { addPauses } from './pauses.ts';
import { addWatch } from './watch.ts';

export function addQueue({ command, action, loadProgram }: CommandSetup): void {
  command
    .command('list')
    .description('list work, the latest first')
    .option('--state <state>', WORK_STATES.join(', '))
    .option('--queue <name>', 'of this queue only')
    .option('--limit <count>', 'maximum number of lines, 1 to 10000 (default: 100)')
    .action(action(list));
  command
    .command('show')
    .description('show a piece of work: its request, attempts, error and images')
    .argument('<id>', 'id of the work, or its beginning')
    .action(action(show));
  command
    .command('dead')
    .description('list work that ended without images, with the reasons: dead and unknown')
    .option('--queue <name>', 'of this queue only')
    .option('--limit <count>', 'maximum number of lines, 1 to 10000 (default: 100)')
    .action(action(dead));
  addChanges({ command, action, loadProgram });
  addPauses({ command, action, loadProgram });
  addWatch({ command, action, loadProgram });
}

const DEFAULT_LIMIT = 100;

interface ListOptions extends GlobalOptions {
  readonly state?: string;
  readonly queue?: string;
  readonly limit?: string;
}

async function list(options: ListOptions, context: CommandContext): Promise<Exit> {
  const { terminal } = context;
  const state = options.state === undefined ? undefined : readChoice('--state', options.state, WORK_STATES);
  const { name, limit } = readListOptions(options);
  return withQueue(options, context, async ({ queue, store }): Promise<Exit> => {
    const found = await queue.list({ ...name, ...(state && { state }), limit: limit + 1 });
    const shown = found.slice(0, limit);
    const hasMore = found.length > limit;
    const [counts, pauses] = await Promise.all([queue.counts(), queue.pauses()]);
    if (options.json) {
      terminal.document({ work: shown.map(workDocument), hasMore, counts, pauses });
      return 'done';
    }
    for (const line of toTable(shown, context)) terminal.result(line);
    if (hasMore) terminal.notice(`showing the latest ${limit}. For more: --limit ${Math.min(limit * 2, 10_000)}`);
    for (const pause of pauses) terminal.notice(pauseText(pause));
    const isEmpty = shown.length === 0;
    if (isEmpty && counts.length === 0) terminal.notice(`the queue in ${store.directory} is empty`);
    else terminal.notice(isEmpty ? `no such work. In all queues: ${countsText(counts)}` : countsText(counts));
    return 'done';
  });
}

function readListOptions({ queue, limit }: ListOptions) {
  return {
    name: queue === undefined ? {} : { queue: readQueueName(queue) },
    limit: readInteger('--limit', limit, 1, 10_000) ?? DEFAULT_LIMIT,
  };
}

/** A terminal gets short ids and lines that fit. A pipe gets everything. */
function toTable(work: readonly QueuedWork[], { isTerminal, width }: CommandContext): readonly string[] {
  const ids = isTerminal ? shortIds(work.map(({ id }) => id)) : new Map<string, string>();
  const now = Date.now();
  const rows = work.map((each) => workRow(each, ids.get(each.id) ?? each.id, now));
  const lines = alignColumns(withHeader(WORK_TITLES, rows, isTerminal), Number.POSITIVE_INFINITY);
  return isTerminal ? lines.map((line) => cut(line, width)) : lines;
}

const cut = (line: string, width: number): string => {
  const characters = [...line];
  return characters.length <= width ? line : `${characters.slice(0, width - 1).join('')}…`;
};

async function show(prefix: string, options: GlobalOptions, context: CommandContext): Promise<Exit> {
  const { terminal } = context;
  return withQueue(options, context, async ({ queue, store }): Promise<Exit> => {
    const work = await findWork(queue, prefix);
    const paths = await pathsOf(work, store);
    if (options.json) terminal.document({ ...workDocument(work), paths });
    else for (const line of workFacts(work, paths)) terminal.result(line);
    if (work.state === 'unknown') for (const line of await unknownHints(work.id, store)) terminal.notice(line);
    return 'done';
  });
}

/** @returns a text for an image that was deleted */
async function pathsOf({ result }: QueuedWork, store: Store): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const id of result?.artifacts ?? []) {
    const [artifact] = await store.search({ id, limit: 1 });
    paths.push(artifact?.path ?? '(no longer in the store)');
  }
  return paths;
}

/** What to do about unknown work. The queue does not know whether a person has settled its call; the records of the call do. */
async function unknownHints(id: string, { jobs }: Pick<Store, 'jobs'>): Promise<readonly string[]> {
  const settlement = (await jobs.findCall(id)).findLast((record) => record.settlement !== undefined)?.settlement;
  if (settlement?.charged === false) {
    return [`It was settled: not charged. To let it run again: imagen queue retry ${id}`];
  }
  if (settlement?.charged === true) {
    return ['It was settled: charged. It stays in the list. To pay for it again: imagen enqueue'];
  }
  return [
    'A request was sent, and no answer came. It may have been charged, so it never',
    'runs again by itself. It counts as spent until you settle it. Ask the vendor',
    'whether it was charged, then run',
    `imagen jobs settle ${id} --charged (add --usd if you know the amount), or --not-charged.`,
  ];
}

const FAILED_STATES: readonly WorkState[] = ['dead', 'unknown'];

async function dead(options: ListOptions, context: CommandContext): Promise<Exit> {
  const { terminal } = context;
  const { name, limit } = readListOptions(options);
  return withQueue(options, context, async ({ queue, store }): Promise<Exit> => {
    const lists = await Promise.all(FAILED_STATES.map((state) => queue.list({ ...name, state, limit: limit + 1 })));
    const all = lists.flat().toSorted((one, other) => Number(other.endedAt ?? 0) - Number(one.endedAt ?? 0));
    const shown = all.slice(0, limit);
    const hasMore = all.length > limit;
    if (options.json) {
      terminal.document({ work: shown.map(workDocument), hasMore });
      return 'done';
    }
    const now = Date.now();
    for (const work of shown) {
      const ended = work.endedAt === undefined ? '-' : timeText(work.endedAt);
      terminal.result([work.id, work.state, work.queue, work.provider ?? '-', ended].join('  '));
      terminal.result(`  ${noteOn(work, now)}`);
    }
    if (hasMore) terminal.notice(`showing the latest ${limit}. For more: --limit ${Math.min(limit * 2, 10_000)}`);
    if (shown.length === 0) terminal.notice('no work is dead or unknown');
    if (shown.some(({ state }) => state === 'dead'))
      terminal.notice('To let dead work run again: imagen queue retry ID');
    const unknown = shown.find(({ state }) => state === 'unknown');
    if (unknown) for (const line of await unknownHints(unknown.id, store)) terminal.notice(line);
    return 'done';
  });
}

const timeText = (time: Date): string => `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
