/**
 * Who works on which call, across machines. No lock of a session: these are lost with a connection while their process lives on, and
 * poolers hand sessions around. Instead whoever has calls under way says so again and again, by the database's clock.
 */
import type { JobRecords } from '../../interfaces.ts';
import type { Connections } from './connect.ts';
import type { ReadySettings } from './settings.ts';

export interface Lease {
  readonly isAlive: (token: string) => Promise<boolean>;
  /** Before a call is begun or taken over. @returns whether it was not held before */
  readonly hold: (call: string) => Promise<boolean>;
  readonly letGo: (call: string) => void;
  /** What is still held is anybody's from now on. */
  readonly leave: () => Promise<void>;
}

/** Of those that say nothing any more. */
const FORGET = "seen_at < clock_timestamp() - INTERVAL '7 days'";

/** @param ask speaks to the database with patience @param token of this opening of the store */
export function createLease(
  ask: Connections['query'],
  token: string,
  { schema, leaseMs }: Pick<ReadySettings, 'schema' | 'leaseMs'>,
): Lease {
  const owners = `"${schema}".owners`;
  const held = new Set<string>();
  /** Several may be missed before the lease is over. */
  const everyMs = leaseMs / 5;
  let saidAt = Number.NEGATIVE_INFINITY;
  let saying: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function sayNow(): Promise<void> {
    const isFirst = saidAt === Number.NEGATIVE_INFINITY;
    const startedAt = performance.now();
    await ask(
      `INSERT INTO ${owners} (token, seen_at, lease_ms) VALUES ($1, clock_timestamp(), $2)
       ON CONFLICT (token) DO UPDATE SET seen_at = excluded.seen_at, lease_ms = excluded.lease_ms`,
      [token, Math.round(leaseMs)],
    );
    saidAt = startedAt;
    if (isFirst) await ask(`DELETE FROM ${owners} WHERE ${FORGET}`, []);
  }

  /** One at a time. */
  function say(): Promise<void> {
    saying ??= sayNow().finally(() => {
      saying = undefined;
    });
    return saying;
  }

  const stop = () => {
    clearInterval(timer);
    timer = undefined;
  };

  return {
    async isAlive(other) {
      if (other === token) return true;
      const { rows } = await ask(
        `SELECT 1 FROM ${owners} WHERE token = $1 AND seen_at > clock_timestamp() - lease_ms * INTERVAL '1 millisecond'`,
        [other],
      );
      return rows.length > 0;
    },
    async hold(call) {
      if (performance.now() - saidAt >= everyMs) await say();
      const isNew = !held.has(call);
      held.add(call);
      timer ??= setInterval(() => {
        say().catch(() => undefined); // it is said again in a moment; until then the lease holds
      }, everyMs);
      timer.unref();
      return isNew;
    },
    letGo(call) {
      held.delete(call);
      if (held.size === 0) stop();
    },
    async leave() {
      stop();
      held.clear();
      await saying?.catch(() => undefined); // or it would come after us
      if (saidAt === Number.NEGATIVE_INFINITY) return;
      await ask(`DELETE FROM ${owners} WHERE token = $1`, [token]);
    },
  };
}

/** Records whose calls are held as long as they are under way. */
export function withLease(records: JobRecords, { hold, letGo }: Lease): JobRecords {
  const holding = async <T>(id: string, work: () => Promise<T>, isOurs: (result: T) => boolean): Promise<T> => {
    let isOver = await hold(id);
    try {
      const result = await work();
      isOver &&= !isOurs(result);
      return result;
    } finally {
      if (isOver) letGo(id);
    }
  };
  return {
    ...records,
    begin: (call) =>
      holding(
        call.id,
        () => records.begin(call),
        () => true,
      ),
    claim: (id) =>
      holding(
        id,
        () => records.claim(id),
        (isOurs) => isOurs,
      ),
    async end(id, state) {
      await records.end(id, state);
      letGo(id);
    },
    async endJob(id, job, end) {
      const sum = await records.endJob(id, job, end);
      if (sum.isOver) letGo(id);
      return sum;
    },
    async leaveOpen(id, lastTry, job) {
      await records.leaveOpen(id, lastTry, job);
      letGo(id);
    },
    async decide(id, decision) {
      const counting = await records.decide(id, decision);
      letGo(id);
      return counting;
    },
  };
}
