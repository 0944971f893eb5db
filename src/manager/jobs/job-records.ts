/** Records of calls and jobs in memory. A store has persistent ones. */
import type { JobHandle } from '../../providers/protocol/index.ts';
import type {
  CallStart,
  CallState,
  CallSum,
  JobEnd,
  JobRecord,
  JobRecords,
  LastAttempt,
  Settlement,
} from '../../store/interfaces.ts';

/** Ended calls that are kept; the oldest are dropped first. Open ones are never dropped. */
const MAX_ENDED = 1_000;

interface Job {
  readonly handle: JobHandle;
  readonly end?: JobEnd;
  readonly lastAttempt?: LastAttempt;
}

interface Call extends CallStart {
  readonly startedAt: string;
  readonly state: CallState;
  readonly jobs: readonly Job[];
  readonly lastAttempt?: LastAttempt;
  readonly settlement?: Settlement;
}

/** @param now milliseconds since the epoch */
export function createJobRecords(now: () => number): JobRecords {
  const open = new Map<string, Call>();
  const ended = new Map<string, Call>();
  const findCall = (id: string) => open.get(id) ?? ended.get(id);
  const change = (id: string, more: Partial<Call>) => {
    const known = findCall(id);
    if (known) (open.has(id) ? open : ended).set(id, { ...known, ...more });
  };
  const close = (id: string, more: Partial<Call>) => {
    const known = findCall(id);
    open.delete(id);
    if (known === undefined) return;
    ended.set(id, { ...known, ...more });
    const oldest = ended.keys().next();
    if (ended.size > MAX_ENDED && !oldest.done) ended.delete(oldest.value);
  };
  const allRecords = () =>
    [...ended.values(), ...open.values()]
      .flatMap(toRecords)
      .sort((one, other) => compare(one.startedAt, other.startedAt));
  return {
    async begin(call) {
      open.set(call.id, { ...call, startedAt: new Date(now()).toISOString(), state: 'submitting', jobs: [] });
    },
    async submitted(id, handle) {
      const known = open.get(id);
      if (known) open.set(id, { ...known, state: 'running', jobs: [...known.jobs, { handle }] });
    },
    async end(id, state) {
      const known = findCall(id);
      if (known === undefined) return;
      if (state === 'unknown') change(id, { state });
      else if (known.jobs.length === 0) open.delete(id);
      else close(id, { state });
    },
    async endJob(id, job, end) {
      const known = findCall(id);
      if (known === undefined) return sumOf([{ end }]);
      const jobs = known.jobs.map((each) => (each.handle.id === job && !each.end ? { ...each, end } : each));
      change(id, { jobs });
      const sum = sumOf(jobs);
      if (sum.isOver) close(id, { state: jobs.some((each) => each.end?.state === 'done') ? 'done' : 'failed' });
      return sum;
    },
    async leaveOpen(id, lastAttempt, job) {
      const jobs = findCall(id)?.jobs.map((each) => (each.handle.id === job ? { ...each, lastAttempt } : each));
      change(id, job === undefined ? { lastAttempt } : { jobs: jobs ?? [] });
    },
    async settle(id, settlement) {
      const known = findCall(id);
      if (known?.settlement) return known.settlement;
      if (!open.has(id)) return undefined;
      close(id, { state: 'failed', settlement });
      return settlement;
    },
    claim: async () => true,
    find: async (id) => allRecords().findLast((each) => each.id === id || each.handle?.id === id),
    list: async () => allRecords().reverse(),
  };
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

function sumOf(jobs: readonly Pick<Job, 'end'>[]): CallSum {
  const ends = jobs.flatMap(({ end }) => end ?? []);
  const micros = ends.some((end) => end.micros === undefined)
    ? undefined
    : ends.reduce((sum, end) => sum + (end.micros ?? 0), 0);
  const basis = ends.every((end) => end.basis === 'reported') ? 'reported' : 'estimated';
  return { isOver: ends.length === jobs.length, micros, basis };
}

function toRecords({ jobs, ...call }: Call): readonly JobRecord[] {
  const record = { ...call, isHeld: false };
  if (jobs.length === 0) return [record];
  return jobs.map(({ handle, end, lastAttempt }) => ({
    ...record,
    handle,
    ...(end && { state: end.state }),
    ...(lastAttempt && { lastAttempt }),
  }));
}
