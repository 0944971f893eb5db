/** Connections to a database: our own by the optional package `pg`, or those of a host. */
import { AiImageError } from '../../../providers/protocol/errors.ts';
import { DatabaseFault, timedOut } from './faults.ts';
import type { PooledClient, ReadySettings, SqlAnswer, SqlClient, SqlPool, SqlSession } from './settings.ts';

/** Everything it throws of its own is a `DatabaseFault`; what `work` throws comes through as it is. */
export interface Connections {
  readonly query: (text: string, values: readonly unknown[]) => Promise<SqlAnswer>;
  readonly transaction: <T>(work: (query: Connections['query']) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** Dials nobody yet. @throws AiImageError `not_configured`: the package is missing */
export async function connectTo({ source, patienceMs }: ReadySettings): Promise<Connections> {
  // The database gives up first, where it can, and then says why.
  const limitMs = patienceMs + 2_000;
  if ('url' in source) {
    const pool = await makePool(source.url, patienceMs);
    return { ...ofPool(pool, limitMs), close: () => pool.end() };
  }
  const { pool } = source;
  const close = async () => undefined;
  return { ...('connect' in pool ? ofPool(pool, limitMs) : ofSession(pool, limitMs)), close };
}

/** Few: a call to a vendor takes seconds, a question here a moment. */
const MOST_CONNECTIONS = 5;

async function makePool(url: string, patienceMs: number): Promise<SqlPool & { end(): Promise<void> }> {
  const { Pool } = await loadPg();
  const pool = new Pool({
    connectionString: url,
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: patienceMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: 'ai-image',
    // A program that has nothing else to do may end.
    allowExitOnIdle: true,
  });
  // A connection that breaks while nobody uses it, or on its way out, is not missed: the next one is a new one.
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
    // With the quote before it: in the place from which something else is missing, the name may stand too.
    if (!isAbsent || !String(cause).includes("'pg")) throw cause;
    throw new AiImageError('not_configured', 'a store in PostgreSQL needs the package pg, which is not installed', {
      charged: 'no',
      hint: 'Run: npm install pg',
      cause,
    });
  }
}

function ofPool(pool: SqlPool, limitMs: number): Omit<Connections, 'close'> {
  /** @param undo what a connection needs to be fit for others after an error */
  async function withClient<T>(work: (query: Connections['query']) => Promise<T>, undo?: string): Promise<T> {
    const client = await checkOut(pool, limitMs);
    // One that breaks between two questions says so as an event, which nobody else listens to.
    const events = client as Partial<Record<'on' | 'off', (name: string, listener: () => void) => void>>;
    const hear = () => undefined;
    events.on?.('error', hear);
    const leave = (isWell: boolean) => {
      // One that goes may still say why.
      if (isWell) events.off?.('error', hear);
      client.release(!isWell);
    };
    const query: Connections['query'] = (text, values) => ask(client, text, values, limitMs);
    let result: T;
    try {
      result = await work(query);
    } catch (error) {
      // Whoever does not answer is not asked again; without its connection the database undoes what was begun by itself.
      const isSilent = error instanceof DatabaseFault && error.kind === 'connection';
      leave(!isSilent && (undo === undefined || (await query(undo, []).then(isDone, isNot))));
      throw error;
    }
    leave(true);
    return result;
  }

  return {
    query: (text, values) => withClient((query) => query(text, values)),
    transaction: (work) =>
      withClient(async (query) => {
        await query('BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE', []);
        const result = await work(query);
        const { command } = await query('COMMIT', []);
        // That is how it says that an error before has undone all.
        if (command === 'ROLLBACK') throw new DatabaseFault(new Error('the transaction was undone'));
        return result;
      }, 'ROLLBACK'),
  };
}

const isDone = () => true;
const isNot = () => false;

async function checkOut(pool: SqlPool, limitMs: number): Promise<PooledClient> {
  const connecting = pool.connect();
  try {
    const client = await within(connecting, limitMs);
    if (typeof client?.query === 'function' && typeof client.release === 'function') return client;
  } catch (error) {
    // Where it comes after all, nobody waits for it any more.
    connecting.then((late) => late.release(), isNot);
    throw new DatabaseFault(error);
  }
  throw new AiImageError('not_configured', 'store: database.pool is no pool: connect() gives no connection', {
    charged: 'no',
    hint: 'Pass a pool of node-postgres (new pg.Pool), not a single client.',
  });
}

function ofSession(session: SqlSession, limitMs: number): Omit<Connections, 'close'> {
  return {
    query: (text, values) => ask(session, text, values, limitMs),
    async transaction(work) {
      // What is wrong with the work is told from what is wrong with its end.
      let ofWork: { readonly error: unknown } | undefined;
      try {
        return await session.transaction((client) =>
          work((text, values) => ask(client, text, values, limitMs)).catch((error: unknown) => {
            ofWork = { error };
            throw error;
          }),
        );
      } catch (error) {
        throw ofWork ? ofWork.error : new DatabaseFault(error);
      }
    },
  };
}

async function ask(client: SqlClient, text: string, values: readonly unknown[], limitMs: number): Promise<SqlAnswer> {
  try {
    return await within(client.query(text, [...values]), limitMs);
  } catch (error) {
    throw new DatabaseFault(error);
  }
}

async function within<T>(work: Promise<T>, limitMs: number): Promise<T> {
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
