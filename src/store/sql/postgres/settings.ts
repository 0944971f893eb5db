/** The settings of a PostgreSQL database, and their checks. */
import { AiImageError } from '../../../providers/protocol/errors.ts';

/** The result of a query: rows as objects by column, and the number of changed rows. */
export interface SqlAnswer {
  /** The rows, as objects by column. */
  readonly rows: readonly unknown[];
  /** The number of changed rows in node-postgres. */
  readonly rowCount?: number | null;
  /** The number of changed rows in PGlite. */
  readonly affectedRows?: number;
  /** The SQL command, as node-postgres reports it. */
  readonly command?: string;
}

/** One connection. Statements use `$1`, `$2`, … for values. */
export interface SqlClient {
  /** Runs one statement. */
  query(text: string, values?: unknown[]): Promise<SqlAnswer>;
}

/** A connection of a pool, for a transaction. */
export interface PooledClient extends SqlClient {
  /** Returns the connection to the pool. @param error the connection is closed instead of reused */
  release(error?: Error | boolean): void;
}

/** A pool of node-postgres, or an object with the same methods. Not a single client: concurrent queries would run in its transactions. */
export interface SqlPool extends SqlClient {
  /** Takes a connection from the pool. */
  connect(): Promise<PooledClient>;
}

/** A connection with its own transactions, for example PGlite. */
export interface SqlSession extends SqlClient {
  /** Runs the work in a transaction, which is rolled back if it rejects. */
  transaction<T>(work: (client: SqlClient) => Promise<T>): Promise<T>;
}

export interface DatabaseOptions {
  /** `postgresql://user:password@host:5432/name?sslmode=verify-full`. Needs the package `pg`. */
  readonly url?: string | undefined;
  /** Your own pool or PGlite, instead of `url`. `store.close()` does not close it. */
  readonly pool?: SqlPool | SqlSession | undefined;
  /** The schema of the tables; created when it does not exist. Stores with the same schema share spending, jobs and index. @default 'ai_image' */
  readonly schema?: string | undefined;
  /**
   * Where the index of images is. `database`: all machines use the same directory. `directory`: each machine has its own directory, with an
   * index file in it; spending and jobs are shared. @default 'database'
   */
  readonly index?: 'database' | 'directory' | undefined;
  /** After this time without a renewal, in milliseconds, a process counts as dead, and other processes can take over its jobs. @default 45000 */
  readonly leaseMs?: number | undefined;
  /** How long to wait for a database that does not answer or cannot be reached, also on first use, in milliseconds. @default 15000 */
  readonly timeoutMs?: number | undefined;
}

export type DatabaseSettings = DatabaseOptions | SqlPool | SqlSession;

/** Checked settings with defaults. */
export interface ResolvedDatabaseSettings {
  readonly source: { readonly url: string } | { readonly pool: SqlPool | SqlSession };
  readonly schema: string;
  readonly index: 'database' | 'directory';
  readonly leaseMs: number;
  readonly timeoutMs: number;
}

/** PostgreSQL truncates longer names, and reserves `pg_…`. */
const SCHEMA = /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/;
const DAY_MS = 86_400_000;
const EXAMPLE = 'For example createStore({ directory, database: { url: process.env.DATABASE_URL } }).';

/** Checks the settings. Errors never contain the address. @throws AiImageError `not_configured` */
export function readDatabaseSettings(given: DatabaseSettings): ResolvedDatabaseSettings {
  if (typeof given !== 'object' || given === null)
    throw invalidSettingError('database must be { url }, { pool } or a pool', EXAMPLE);
  const options: DatabaseOptions = isClient(given) ? { pool: given } : given;
  const { url, pool, schema = 'ai_image', index = 'database', leaseMs = 45_000, timeoutMs = 15_000 } = options;
  if ((url === undefined) === (pool === undefined)) {
    const hint = url === undefined ? EXAMPLE : 'Pass database.url or database.pool, not both.';
    throw invalidSettingError('database needs either a url or a pool', hint);
  }
  if (!SCHEMA.test(schema)) {
    throw invalidSettingError(
      'database.schema must be at most 63 lower-case letters, digits and "_", and must not begin with a digit or pg_',
      "Leave out database.schema to use the default, 'ai_image'.",
    );
  }
  if (index !== 'database' && index !== 'directory')
    throw invalidSettingError(
      "database.index must be 'database' or 'directory'",
      "Leave out database.index to use the default, 'database'.",
    );
  const times = { leaseMs: [leaseMs, 1_000], timeoutMs: [timeoutMs, 100] } as const;
  for (const [name, [ms, minMs]] of Object.entries(times)) {
    if (!Number.isFinite(ms) || ms < minMs || ms > DAY_MS)
      throw invalidSettingError(
        `database.${name} must be from ${minMs} to ${DAY_MS}`,
        `Pass milliseconds, or leave out database.${name} to use the default.`,
      );
  }
  const shared = { schema, index, leaseMs, timeoutMs };
  if (pool !== undefined) {
    if (!isClient(pool)) {
      throw invalidSettingError(
        'database.pool must have query() and connect(), as a pool of node-postgres, or query() and transaction(), as PGlite',
        'Pass for example pool: new pg.Pool({ connectionString }). A single client cannot be used.',
      );
    }
    return { source: { pool }, ...shared };
  }
  if (!isAddress(url)) {
    throw invalidSettingError(
      'database.url must be an address like postgresql://user:password@host:5432/name',
      'Correct database.url. Escape special characters of the password with encodeURIComponent.',
    );
  }
  return { source: { url }, ...shared };
}

function isClient(given: object): given is SqlPool | SqlSession {
  const { query, connect, transaction } = given as Partial<SqlPool & SqlSession>;
  return typeof query === 'function' && (typeof connect === 'function' || typeof transaction === 'function');
}

const isAddress = (url: unknown): url is string =>
  typeof url === 'string' && /^postgres(?:ql)?:\/\//i.test(url) && URL.canParse(url);

function invalidSettingError(message: string, hint: string): AiImageError {
  return new AiImageError('not_configured', `store: ${message}`, { charged: 'no', hint });
}
