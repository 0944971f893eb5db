/**
 * Records which process works on which call, across machines. A session lock would not do: it is lost with its connection while the process
 * goes on, and poolers share sessions between clients. Instead each process with open calls renews a lease, by the database's clock.
 */
import type { JobRecords } from '../interfaces/job-records.ts';
import type { Connections } from '../sql/postgres/connect.ts';
import type { ResolvedDatabaseSettings } from '../sql/postgres/settings.ts';

export interface Lease {
  readonly isAlive: (owner: string) => Promise<boolean>;
  /** Call it before a call is started or taken over. @returns whether this process did not hold it before */
  readonly hold: (call: string) => Promise<boolean>;
  readonly release: (call: string) => void;
  /** Held calls that another process may have taken, because the lease may have expired since this process has them: it was stopped, for example. */
  readonly doubtful: () => readonly string[];
  /** Releases all calls, so that other processes can take them. */
  readonly close: () => Promise<void>;
}

/** Deletes processes that stopped renewing long ago. */
const EXPIRED = "seen_at < clock_timestamp() - INTERVAL '7 days'";

/** Renewals within the duration of a lease, so that some may fail. */
const RENEWALS_PER_LEASE = 5;

/** @param database retries when it fails @param owner identifies this opened store */
export function createLease(
  { query, change }: Readonly<Record<'query' | 'change', Connections['query']>>,
  owner: string,
  { schema, leaseMs }: Pick<ResolvedDatabaseSettings, 'schema' | 'leaseMs'>,
): Lease {
  const owners = `"${schema}".owners`;
  /** Held calls, and whether the lease may have expired since. */
  const held = new Map<string, boolean>();
  const renewEveryMs = leaseMs / RENEWALS_PER_LEASE;
  let renewedAt = Number.NEGATIVE_INFINITY;
  /** By the other clock: one of them stands still while the machine sleeps, the other may be set. */
  let renewedAtDate = Number.NEGATIVE_INFINITY;
  let renewal: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  function markDoubtful(): void {
    const mayHaveExpired = performance.now() - renewedAt >= leaseMs || Date.now() - renewedAtDate >= leaseMs;
    if (mayHaveExpired) for (const call of held.keys()) held.set(call, true);
  }

  async function renewNow(): Promise<void> {
    const isFirst = renewedAt === Number.NEGATIVE_INFINITY;
    const [startedAt, startedAtDate] = [performance.now(), Date.now()];
    await change(
      `INSERT INTO ${owners} (token, seen_at, lease_ms) VALUES ($1, clock_timestamp(), $2)
       ON CONFLICT (token) DO UPDATE SET seen_at = excluded.seen_at, lease_ms = excluded.lease_ms`,
      [owner, Math.round(leaseMs)],
    );
    markDoubtful();
    [renewedAt, renewedAtDate] = [startedAt, startedAtDate];
    if (isFirst) await change(`DELETE FROM ${owners} WHERE ${EXPIRED}`, []);
  }

  /** One renewal at a time. */
  function renew(): Promise<void> {
    renewal ??= renewNow().finally(() => {
      renewal = undefined;
    });
    return renewal;
  }

  const stop = () => {
    clearInterval(timer);
    timer = undefined;
  };

  return {
    async isAlive(other) {
      if (other === owner) return true;
      const { rows } = await query(
        `SELECT 1 FROM ${owners} WHERE token = $1 AND seen_at > clock_timestamp() - lease_ms * INTERVAL '1 millisecond'`,
        [other],
      );
      return rows.length > 0;
    },
    async hold(call) {
      if (performance.now() - renewedAt >= renewEveryMs) await renew();
      const isNew = !held.has(call);
      if (isNew) held.set(call, false);
      timer ??= setInterval(() => {
        renew().catch(() => undefined); // the next renewal follows soon, and until then the lease holds
      }, renewEveryMs);
      timer.unref();
      return isNew;
    },
    doubtful() {
      markDoubtful();
      return [...held].flatMap(([call, isDoubtful]) => (isDoubtful ? [call] : []));
    },
    release(call) {
      held.delete(call);
      if (held.size === 0) stop();
    },
    async close() {
      stop();
      held.clear();
      await renewal?.catch(() => undefined); // otherwise it could write the row again after the deletion
      if (renewedAt === Number.NEGATIVE_INFINITY) return;
      await change(`DELETE FROM ${owners} WHERE token = $1`, [owner]);
    },
  };
}

/** Job records that hold the lease of each call while it is in progress. */
export function withLease(records: JobRecords, { hold, release }: Lease): JobRecords {
  /** Releases the call again when it was not held before and `work` did not make it ours. */
  const holdDuring = async <T>(id: string, work: () => Promise<T>, isOurs: (result: T) => boolean): Promise<T> => {
    let mustRelease = await hold(id);
    try {
      const result = await work();
      mustRelease &&= !isOurs(result);
      return result;
    } finally {
      if (mustRelease) release(id);
    }
  };
  return {
    ...records,
    begin: (call) =>
      holdDuring(
        call.id,
        () => records.begin(call),
        (isOurs) => isOurs,
      ),
    claim: (id) =>
      holdDuring(
        id,
        () => records.claim(id),
        (isOurs) => isOurs,
      ),
    async end(id, ...params) {
      await records.end(id, ...params);
      release(id);
    },
    async endJob(id, job, end) {
      const sum = await records.endJob(id, job, end);
      if (sum.isOver) release(id);
      return sum;
    },
    async leaveOpen(id, lastAttempt, job) {
      await records.leaveOpen(id, lastAttempt, job);
      release(id);
    },
    async settle(id, settlement) {
      const counting = await records.settle(id, settlement);
      release(id);
      return counting;
    },
  };
}
