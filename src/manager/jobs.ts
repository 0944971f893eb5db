/** Calls and jobs on record, in memory; a store brings records that last. */
import type { JobHandle } from '../providers/protocol/index.ts';
import type { CallStart, CallState, JobRecord, JobRecords } from '../store/ports.ts';

/** Ended calls that are remembered; the oldest are forgotten first. */
const MOST_ENDED = 1_000;

interface Call extends CallStart {
  readonly startedAt: string;
  readonly state: CallState;
  readonly handles: readonly JobHandle[];
}

/** @param now milliseconds since the epoch */
export function createJobRecords(now: () => number): JobRecords {
  const underWay = new Map<string, Call>();
  const ended = new Map<string, Call>();
  const all = () => [...ended.values(), ...underWay.values()].flatMap(toRecords);
  return {
    async begin(call) {
      underWay.set(call.id, { ...call, startedAt: new Date(now()).toISOString(), state: 'submitting', handles: [] });
    },
    async submitted(id, handle) {
      const known = underWay.get(id);
      if (known) underWay.set(id, { ...known, state: 'running', handles: [...known.handles, handle] });
    },
    async end(id, state) {
      const known = underWay.get(id) ?? ended.get(id);
      underWay.delete(id);
      if (known === undefined || (known.handles.length === 0 && state !== 'unknown')) return;
      ended.set(id, { ...known, state });
      const oldest = ended.keys().next();
      if (ended.size > MOST_ENDED && !oldest.done) ended.delete(oldest.value);
    },
    claim: async () => true,
    find: async (id) => all().find((each) => each.id === id || each.handle?.id === id),
    list: async () => all().reverse(),
  };
}

function toRecords({ handles, ...call }: Call): readonly JobRecord[] {
  const record = { ...call, isHeld: false };
  return handles.length === 0 ? [record] : handles.map((handle) => ({ ...record, handle }));
}
