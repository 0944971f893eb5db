/** Opens connections to PostgreSQL: through the optional package `pg`, or through a pool of the host application. */
import { AiImageError } from '../../../providers/protocol/errors.ts';
import { DatabaseFault, READ_ONLY, timedOut } from './faults.ts';
import type { PooledClient, ResolvedDatabaseSettings, SqlAnswer, SqlClient, SqlPool, SqlSession } from './settings.ts';

/** Rejects with `DatabaseFault` when the database fails. Errors thrown by `work` are passed on unchanged. */
export interface Connections {
  readonly query: (text: string, values: readonly unknown[]) => Promise<SqlAnswer>;
  /** Runs `work` in a transaction that may write, also where `default_transaction_read_only` is on. */
  readonly transaction: <T>(work: (query: Connections['query']) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** Creates the pool. Does not connect yet. @throws AiImageError `not_configured`: the package is not installed */
export async function connectTo({ source, timeoutMs }: ResolvedDatabaseSettings): Promise<Connections> {
  // Longer than the database's own limit, whose error is more precise.
  const limitMs = timeoutMs + 2_000;
  if ('url' in source) {
    const pool = await createPool(source.url, timeoutMs);
    return { ...fromPool(pool, limitMs), close: () => pool.end() };
  }
  const { pool } = source;
  const close = async () => undefined;
  return { ...('connect' in pool ? fromPool(pool, limitMs) : fromSession(pool, limitMs)), close };
}

/** A few are enough: a provider call takes seconds, a query milliseconds. */
const MAX_CONNECTIONS = 5;

async function createPool(url: string, timeoutMs: number): Promise<SqlPool & { end(): Promise<void> }> {
  const { Pool } = await loadPg();
  const pool = new Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: timeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: 'ai-image',
    // An idle pool does not keep the process running.
    allowExitOnIdle: true,
  });
  // A connection that breaks while it is idle or closing is replaced by a new one. Without a listener, the event would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

async function loadPg(): Promise<typeof import('pg')> {
  try {
    return await import('pg');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const isAbsent = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    // Matches the name with its opening quote, because the path of a package that misses another one may contain the name too.
    if (!isAbsent || !String(cause).includes("'pg")) throw cause;
    throw new AiImageError('not_configured', 'a store in PostgreSQL needs the package pg, which is not installed', {
      charged: 'no',
      hint: 'Run: npm install pg',
      cause,
    });
  }
}

function fromPool(pool: SqlPool, limitMs: number): Omit<Connections, 'close'> {
  /** @param cleanup the statement that makes a connection usable again after an error */
  async function withClient<T>(work: (query: Connections['query']) => Promise<T>, cleanup?: string): Promise<T> {
    const client = await checkOut(pool, limitMs);
    // A connection that breaks between two queries emits an event. Without a listener, the event would end the process.
    const events = client as Partial<Record<'on' | 'off', (name: string, listener: () => void) => void>>;
    const ignore = () => undefined;
    events.on?.('error', ignore);
    const release = (isUsable: boolean) => {
      // A connection that is closed may still emit an error, so its listener stays.
      if (isUsable) events.off?.('error', ignore);
      client.release(!isUsable);
    };
    const query: Connections['query'] = (text, values) => runQuery(client, text, values, limitMs);
    let result: T;
    try {
      result = await work(query);
    } catch (error) {
      // A connection without an answer is closed; the database then rolls back its transaction.
      const isLost = error instanceof DatabaseFault && error.kind === 'connection';
      release(!isLost && (cleanup === undefined || (await query(cleanup, []).then(returnTrue, returnFalse))));
      throw error;
    }
    release(true);
    return result;
  }

  return {
    query: (text, values) => withClient((query) => query(text, values)),
    transaction: (work) =>
      withClient(async (query) => {
        await query('BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE', []).catch(rethrowReadOnly);
        const result = await work(query);
        const { command } = await query('COMMIT', []);
        // PostgreSQL answers a COMMIT with ROLLBACK when an earlier statement of the transaction failed.
        if (command === 'ROLLBACK') throw new DatabaseFault(new Error('the transaction was rolled back'));
        return result;
      }, 'ROLLBACK'),
  };
}

const returnTrue = () => true;
const returnFalse = () => false;

/** A standby refuses to begin such a transaction. Its code, `feature_not_supported`, means something else anywhere else. */
function rethrowReadOnly(error: unknown): never {
  if (!(error instanceof DatabaseFault) || error.code !== '0A000') throw error;
  throw new DatabaseFault(Object.assign(new Error('it is read-only'), { code: READ_ONLY }));
}

async function checkOut(pool: SqlPool, limitMs: number): Promise<PooledClient> {
  const connecting = pool.connect();
  try {
    const client = await withinLimit(connecting, limitMs);
    if (typeof client?.query === 'function' && typeof client.release === 'function') return client;
  } catch (error) {
    // A connection that arrives after the limit goes back to the pool.
    connecting.then((late) => late.release(), returnFalse);
    throw new DatabaseFault(error);
  }
  throw new AiImageError('not_configured', 'store: database.pool is not a pool: connect() returned no connection', {
    charged: 'no',
    hint: 'Pass a pool of node-postgres (new pg.Pool), not a single client.',
  });
}

function fromSession(session: SqlSession, limitMs: number): Omit<Connections, 'close'> {
  return {
    query: (text, values) => runQuery(session, text, values, limitMs),
    async transaction(work) {
      // Distinguishes an error of `work` from an error of the commit.
      let failure: { readonly error: unknown } | undefined;
      try {
        return await session.transaction(async (client) => {
          const query: Connections['query'] = (text, values) => runQuery(client, text, values, limitMs);
          try {
            await query('SET TRANSACTION READ WRITE', []);
            return await work(query);
          } catch (error) {
            failure = { error };
            throw error;
          }
        });
      } catch (error) {
        throw failure ? failure.error : new DatabaseFault(error);
      }
    },
  };
}

async function runQuery(
  client: SqlClient,
  text: string,
  values: readonly unknown[],
  limitMs: number,
): Promise<SqlAnswer> {
  try {
    return await withinLimit(client.query(text, [...values]), limitMs);
  } catch (error) {
    throw new DatabaseFault(error);
  }
}

async function withinLimit<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timedOut()), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
