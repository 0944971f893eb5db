/** How a store is told of a PostgreSQL database. */
import { AiImageError } from '../../../providers/protocol/errors.ts';

/** What an answer has: rows as objects by column, and how many were changed. */
export interface SqlAnswer {
  readonly rows: readonly unknown[];
  /** As node-postgres calls it. */
  readonly rowCount?: number | null;
  /** As PGlite calls it. */
  readonly affectedRows?: number;
  readonly command?: string;
}

/** One connection. Values stand as `$1`, `$2`, … */
export interface SqlClient {
  query(text: string, values?: unknown[]): Promise<SqlAnswer>;
}

/** One connection out of a pool, for a transaction. */
export interface PooledClient extends SqlClient {
  /** @param error the connection is not used again */
  release(error?: Error | boolean): void;
}

/** A pool of node-postgres, or what has its shape. A single client is none: others would get into its transactions. */
export interface SqlPool extends SqlClient {
  connect(): Promise<PooledClient>;
}

/** One connection with transactions of its own, e.g. PGlite. */
export interface SqlSession extends SqlClient {
  transaction<T>(work: (client: SqlClient) => Promise<T>): Promise<T>;
}

export interface DatabaseOptions {
  /** `postgresql://user:password@host:5432/name?sslmode=verify-full`. Needs the package `pg`. */
  readonly url?: string | undefined;
  /** Instead of an address: a pool of your own, or PGlite. It is not closed with the store. */
  readonly pool?: SqlPool | SqlSession | undefined;
  /** Where the tables are; made where it is not there. Stores that share it share money, jobs and index. @default 'ai_image' */
  readonly schema?: string | undefined;
  /**
   * Where the index of pictures is. `database`: for everybody who works with this very directory, on whatever machine. `directory`: a file
   * in it, for directories that each machine has for itself; money and jobs are shared all the same. @default 'database'
   */
  readonly index?: 'database' | 'directory' | undefined;
  /** How long a process that says nothing is taken for alive, in milliseconds. Then its jobs are anybody's. @default 45000 */
  readonly leaseMs?: number | undefined;
  /** How long a database that does not answer is waited for, in milliseconds. @default 15000 */
  readonly patienceMs?: number | undefined;
}

export type DatabaseSettings = DatabaseOptions | SqlPool | SqlSession;

/** As they are used. */
export interface ReadySettings {
  readonly source: { readonly url: string } | { readonly pool: SqlPool | SqlSession };
  readonly schema: string;
  readonly index: 'database' | 'directory';
  readonly leaseMs: number;
  readonly patienceMs: number;
}

/** Longer ones are cut off by the database. `pg_…` is its own. */
const SCHEMA = /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/;
const DAY_MS = 86_400_000;

/** @throws AiImageError `not_configured`, which shows no address */
export function readDatabaseSettings(given: DatabaseSettings): ReadySettings {
  if (typeof given !== 'object' || given === null) throw wrong('database is { url }, { pool } or a pool');
  const options: DatabaseOptions = isClient(given) ? { pool: given } : given;
  const { url, pool, schema = 'ai_image', index = 'database', leaseMs = 45_000, patienceMs = 15_000 } = options;
  if ((url === undefined) === (pool === undefined)) throw wrong('database needs either a url or a pool');
  if (!SCHEMA.test(schema))
    throw wrong('database.schema is small letters, digits and "_", and does not begin with pg_');
  if (index !== 'database' && index !== 'directory') throw wrong("database.index is 'database' or 'directory'");
  const times = { leaseMs: [leaseMs, 1_000], patienceMs: [patienceMs, 100] } as const;
  for (const [name, [ms, least]] of Object.entries(times)) {
    if (!Number.isFinite(ms) || ms < least || ms > DAY_MS)
      throw wrong(`database.${name} is from ${least} to ${DAY_MS}`);
  }
  const more = { schema, index, leaseMs, patienceMs };
  if (pool !== undefined) {
    if (!isClient(pool))
      throw wrong('database.pool has query() and connect(), as a pool of node-postgres, or transaction(), as PGlite');
    return { source: { pool }, ...more };
  }
  if (!isAddress(url)) throw wrong('database.url is no address like postgresql://user:password@host:5432/name');
  return { source: { url }, ...more };
}

function isClient(given: object): given is SqlPool | SqlSession {
  const { query, connect, transaction } = given as Partial<SqlPool & SqlSession>;
  return typeof query === 'function' && (typeof connect === 'function' || typeof transaction === 'function');
}

const isAddress = (url: unknown): url is string =>
  typeof url === 'string' && /^postgres(?:ql)?:\/\//i.test(url) && URL.canParse(url);

function wrong(message: string): AiImageError {
  return new AiImageError('not_configured', `store: ${message}`, {
    charged: 'no',
    hint: 'For example createStore({ directory, database: { url: process.env.DATABASE_URL } }).',
  });
}
