/** The store's `Database` on PostgreSQL. Retries conflicts and lost connections. */
import { createQueue } from '../../concurrency.ts';
import { withJitter } from '../../jitter.ts';
import { type Database, readInteger, type Sql } from '../sql.ts';
import type { Connections } from './connect.ts';
import { createDialect, toRow, toValue } from './dialect.ts';
import { DatabaseFault, toDatabaseError } from './faults.ts';
import type { ResolvedDatabaseSettings } from './settings.ts';

export interface DatabaseParams extends Pick<ResolvedDatabaseSettings, 'schema' | 'timeoutMs'> {
  /**
   * The name of a lock that every transaction holds, so that only one runs at a time, in all processes. Such a transaction may also change
   * files, so it runs once. Without a lock, a transaction is repeated after a conflict or a lost connection: then repeating it must change
   * nothing when it was committed before.
   */
  readonly exclusiveLock?: string;
}

/** The database ends a transaction that is idle for this long, because its process may be stopped or disconnected. */
const MAX_IDLE_MS = 60_000;

/** @throws AiImageError `storage_failed`: the database cannot be reached, or it refuses; `not_configured`: its address or user is wrong */
export function createPostgresDatabase(
  connections: Connections,
  { schema, timeoutMs, exclusiveLock }: DatabaseParams,
): Database {
  const dialect = createDialect(schema);
  const toSql = (query: Connections['query']): Sql => ({
    all: async (text, ...values) => (await query(dialect(text), values.map(toValue))).rows.map(toRow),
    async run(text, ...values) {
      const { rowCount, affectedRows } = await query(dialect(text), values.map(toValue));
      return rowCount ?? affectedRows ?? 0;
    },
  });
  const direct = toSql(connections.query);
  const enqueue = createQueue();

  async function transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    let hasStarted = false;
    const once = () =>
      connections.transaction(async (query) => {
        await query(SETTINGS, [String(timeoutMs), String(MAX_IDLE_MS)]);
        if (exclusiveLock !== undefined) await query(LOCK, [`ai-image ${exclusiveLock} ${schema}`]);
        hasStarted = true;
        return work(toSql(query));
      });
    return retryTransient(
      once,
      timeoutMs,
      ({ kind }) => kind !== 'other' && (exclusiveLock === undefined || !hasStarted),
    );
  }

  return {
    all: (text, ...values) => retryTransient(() => direct.all(text, ...values), timeoutMs),
    run: (text, ...values) => {
      const once = () => connections.transaction((query) => toSql(query).run(text, ...values));
      return exclusiveLock === undefined
        ? transaction((sql) => sql.run(text, ...values))
        : retryTransient(once, timeoutMs);
    },
    // Transactions of this process wait in a queue, so that waiting for the lock takes one connection, not one each.
    transaction: (work) => (exclusiveLock === undefined ? transaction(work) : enqueue(() => transaction(work))),
    async now() {
      const [row] = await retryTransient(() => direct.all(NOW), timeoutMs);
      if (row === undefined) throw new DatabaseFault(new Error('it returned no time'));
      return readInteger(row, 'now');
    },
    // The caller closes the connections.
    close: async () => undefined,
  };
}

/** Settings of one transaction. Committed data survives a power failure. */
const SETTINGS = `SELECT set_config('lock_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $2, true),
  CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', true) END`;
const NOW = 'SELECT CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp()) * 1000) AS BIGINT) AS now';
const LOCK = 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))';

const isTransient = ({ kind }: DatabaseFault) => kind !== 'other';

/** Retries until `work` succeeds or `timeoutMs` is over. @throws AiImageError as `toDatabaseError` */
export async function retryTransient<T>(
  work: () => Promise<T>,
  timeoutMs: number,
  mayRetry: (fault: DatabaseFault) => boolean = isTransient,
): Promise<T> {
  const deadlineAt = performance.now() + timeoutMs;
  for (let waitMs = 10; ; waitMs = Math.min(waitMs * 2, 500)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DatabaseFault)) throw error;
      if (!mayRetry(error) || performance.now() + waitMs > deadlineAt) throw toDatabaseError(error);
      await new Promise((resolve) => setTimeout(resolve, withJitter(waitMs)));
    }
  }
}
