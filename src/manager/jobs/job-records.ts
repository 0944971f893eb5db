/** Records of calls and jobs in memory. A store has persistent ones. */
import type { JobHandle } from '../../providers/protocol/index.ts';
import { callOf, submitOf } from '../../providers/protocol/shared/call-ids.ts';
import type {
  CallEnd,
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
const MAX_ENDED = 10_000;
/** Ended calls that `list` returns. */
const MAX_LISTED = 1_000;

interface Job {
  readonly handle: JobHandle;
  readonly end?: JobEnd;
  readonly lastAttempt?: LastAttempt;
}

interface Call extends CallStart, CallEnd {
  readonly startedAt: string;
  readonly state: CallState;
  readonly jobs: readonly Job[];
  readonly lastAttempt?: LastAttempt;
  readonly settlement?: Settlement;
  readonly endedAt?: string;
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
    ended.set(id, { ...known, ...more, endedAt: new Date(now()).toISOString() });
    const oldest = ended.keys().next();
    if (ended.size > MAX_ENDED && !oldest.done) ended.delete(oldest.value);
  };
  const recordsOf = (calls: readonly Call[]) =>
    calls.flatMap(toRecords).sort((one, other) => compare(one.startedAt, other.startedAt));
  const allRecords = () => recordsOf([...ended.values(), ...open.values()]);
  /** A call without a job is not listed after its end, unless a person settled it. */
  const isListed = ({ jobs, settlement }: Call) => jobs.length > 0 || settlement !== undefined;
  return {
    async begin(call) {
      if (findCall(call.id)) return false;
      open.set(call.id, { ...call, startedAt: new Date(now()).toISOString(), state: 'submitting', jobs: [] });
      return true;
    },
    async submitted(id, handle) {
      const known = findCall(id);
      if (known === undefined) return;
      // A late job opens the call again.
      ended.delete(id);
      open.set(id, { ...known, state: 'running', jobs: [...known.jobs, { handle }] });
    },
    async end(id, state, { error, ...end } = {}) {
      const more = { ...end, state, ...(error && { lastAttempt: error }) };
      if (state === 'unknown') change(id, more);
      else close(id, more);
    },
    async endJob(id, job, end) {
      const known = findCall(id);
      if (known === undefined) return sumOf([{ end }]);
      const jobs = known.jobs.map((each) => (each.handle.id === job && !each.end ? { ...each, end } : each));
      change(id, { jobs });
      const sum = sumOf(jobs);
      const artifacts = [...(known.artifacts ?? []), ...(end.artifacts ?? [])];
      if (artifacts.length > 0) change(id, { artifacts });
      if (sum.isOver && jobs.some((each) => each.end?.state === 'done')) close(id, { state: 'done' });
      else if (sum.isOver) close(id, { state: 'failed', ...failureOf(end) });
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
    findCall: async (call) =>
      recordsOf([...ended.values(), ...open.values()].filter(({ id }) => id === call || callOf(id) === call)).sort(
        (one, other) => submitOf(one.id) - submitOf(other.id),
      ),
    list: async () =>
      recordsOf([...[...ended.values()].filter(isListed).slice(-MAX_LISTED), ...open.values()]).reverse(),
  };
}

const failureOf = ({ charged, error }: CallEnd): Partial<Call> => ({
  ...(charged !== undefined && { charged }),
  ...(error && { lastAttempt: error }),
});

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
