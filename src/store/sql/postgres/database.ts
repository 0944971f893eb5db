/** The store's few words of SQL, spoken to PostgreSQL. */
import type { Database, Sql } from '../sql.ts';
import type { Connections } from './connect.ts';
import { createDialect, toRow, toValue } from './dialect.ts';
import { DatabaseFault, explained } from './faults.ts';
import type { ReadySettings } from './settings.ts';

export interface DatabaseParams extends Pick<ReadySettings, 'schema' | 'patienceMs'> {
  /**
   * Each transaction is alone, in all processes. What is done in it goes beyond the database, so it is done once. Without it, transactions
   * are done again after a conflict or a lost connection: then each of them must change nothing when it has been done before.
   */
  readonly alone?: string;
}

/** What holds up all others is ended by the database: its process may be stopped, or cut off. */
const IDLE_MS = 60_000;

/** @throws of its own only AiImageError `not_configured`: the database cannot be reached or refuses */
export function createPostgresDatabase(
  connections: Connections,
  { schema, patienceMs, alone }: DatabaseParams,
): Database {
  const dialect = createDialect(schema);
  const speak = (query: Connections['query']): Sql => ({
    all: async (text, ...values) => (await query(dialect(text), values.map(toValue))).rows.map(toRow),
    async run(text, ...values) {
      const { rowCount, affectedRows } = await query(dialect(text), values.map(toValue));
      return rowCount ?? affectedRows ?? 0;
    },
  });
  const direct = speak(connections.query);
  const inTurn = createTurns();

  async function transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    let isBegun = false;
    const once = () =>
      connections.transaction(async (query) => {
        await query(SETTINGS, [String(patienceMs), String(IDLE_MS)]);
        if (alone !== undefined) await query(LOCK, [`ai-image ${alone} ${schema}`]);
        isBegun = true;
        return work(speak(query));
      });
    return persist(once, patienceMs, ({ kind }) => kind !== 'other' && (alone === undefined || !isBegun));
  }

  return {
    all: (text, ...values) => persist(() => direct.all(text, ...values), patienceMs),
    run: (text, ...values) =>
      alone === undefined
        ? transaction((sql) => sql.run(text, ...values))
        : persist(() => direct.run(text, ...values), patienceMs),
    // Those of one process wait here, and not each with a connection in its hands.
    transaction: (work) => (alone === undefined ? transaction(work) : inTurn(() => transaction(work))),
    // The connections are closed by whoever made them.
    close: async () => undefined,
  };
}

/** For this transaction alone. What was said to be written survives a power failure. */
const SETTINGS = `SELECT set_config('lock_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $2, true),
  CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', true) END`;
const LOCK = 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))';

const isPassing = ({ kind }: DatabaseFault) => kind !== 'other';

/** Again and again, until it goes or patience ends. @throws AiImageError `not_configured` */
export async function persist<T>(
  work: () => Promise<T>,
  patienceMs: number,
  mayRedo: (fault: DatabaseFault) => boolean = isPassing,
): Promise<T> {
  const until = performance.now() + patienceMs;
  for (let waitMs = 10; ; waitMs = Math.min(waitMs * 2, 500)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DatabaseFault)) throw error;
      if (!mayRedo(error) || performance.now() + waitMs > until) throw explained(error);
      await new Promise((resolve) => setTimeout(resolve, waitMs * (0.5 + spread())));
    }
  }
}

/** Between 0 and 1, so that two who wait do not meet again. */
const spread = (): number => (crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) / 255;

function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
