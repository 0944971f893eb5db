/** Reads what `imagen queue watch` shows. */
import type { Pause, Queue, QueueCounts, QueuedWork } from '../../../queue/index.ts';
import { alignColumns } from '../output/tables/align-columns.ts';
import { countsText, durationText, pauseText, shortIds, WORK_TITLES, workRow } from '../output/tables/work-rows.ts';

interface Snapshot {
  readonly counts: readonly QueueCounts[];
  readonly pauses: readonly Pause[];
  readonly active: readonly QueuedWork[];
  /** The latest work in any other state. */
  readonly latest: readonly QueuedWork[];
}

const MAX_ACTIVE = 100;
const MAX_LATEST = 200;

/** @param name of the queue @default all queues */
export async function readSnapshot(queue: Queue, name: string | undefined): Promise<Snapshot> {
  const of = name === undefined ? {} : { queue: name };
  const [counts, pauses, active, all] = await Promise.all([
    queue.counts(),
    queue.pauses(),
    queue.list({ ...of, state: 'active', limit: MAX_ACTIVE }),
    queue.list({ ...of, limit: MAX_LATEST }),
  ]);
  return {
    counts: counts.filter((each) => name === undefined || each.queue === name),
    pauses,
    active,
    latest: all.filter(({ state }) => state !== 'active'),
  };
}

/** Returns the lines of the live table: counts, pauses, running work, then the latest. */
export function toScreen({ counts, pauses, active, latest }: Snapshot, width: number, now: number): readonly string[] {
  const work = [...active, ...latest];
  const ids = shortIds(work.map(({ id }) => id));
  const rows = work.map((each) => workRow(each, ids.get(each.id) ?? each.id, now));
  const queues = counts.map(({ queue, states, oldestWaitingMs }) => [
    ...[queue, `${states.waiting} waiting`, `${states.active} active`, `${states.done} done`],
    ...[
      `${states.dead} dead`,
      `${states.unknown} unknown`,
      oldestWaitingMs > 0 ? `oldest ${durationText(oldestWaitingMs)}` : '',
    ],
  ]);
  const lines = [
    ...(counts.length > 1 ? alignColumns(queues) : []),
    `${new Date(now).toISOString().slice(11, 19)} UTC, Ctrl-C ends   ${countsText(counts)}`,
    ...pauses.map(pauseText),
    '',
    ...alignColumns([WORK_TITLES.map((title) => title.toUpperCase()), ...rows], Number.POSITIVE_INFINITY),
  ];
  return lines.map((line) => [...line].slice(0, width - 1).join(''));
}

/** Returns work whenever its state or attempt has changed since the last reading. The first reading returns what is there, oldest first. */
export function createChangeReader(
  queue: Queue,
  name: string | undefined,
): { readonly read: () => Promise<readonly QueuedWork[]> } {
  let known = new Map<string, QueuedWork>();
  const markOf = ({ state, attempt, isCancelRequested }: QueuedWork) => `${state} ${attempt} ${isCancelRequested}`;
  return {
    async read() {
      const { active, latest } = await readSnapshot(queue, name);
      const seen = new Map([...latest, ...active].map((work) => [work.id, work]));
      // Work that was open before and is not among the latest any more may have ended.
      for (const [id, { state }] of known) {
        if (seen.has(id) || (state !== 'active' && state !== 'waiting')) continue;
        const work = await queue.find(id);
        if (work !== undefined) seen.set(id, work);
      }
      const changed = [...seen.values()].filter((work) => {
        const before = known.get(work.id);
        return before === undefined || markOf(before) !== markOf(work);
      });
      known = seen;
      return changed.toSorted((one, other) => Number(one.createdAt) - Number(other.createdAt));
    },
  };
}
