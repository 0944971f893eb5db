/** Opens pg-boss on the database of the store: installs or updates its schema, and adds the tables and functions of the engine. */
import type { Clock, PgBoss } from 'pg-boss';
import { AiImageError } from '../../providers/protocol/errors.ts';
import type { SharedDatabase } from '../../store/open/open-postgres.ts';
import type { Connections } from '../../store/sql/postgres/connect.ts';
import { retryTransient } from '../../store/sql/postgres/database.ts';
import type { DatabaseFault } from '../../store/sql/postgres/faults.ts';
import { createBossConnection } from './boss-connection.ts';
import { createBossTables } from './create-boss-tables.ts';

/** @throws AiImageError `not_configured`: pg-boss is not installed, or the user lacks a permission; `storage_failed`: the database failed */
export async function openBoss({ connections, timeoutMs }: SharedDatabase, schema: string): Promise<PgBoss> {
  const constructBoss = await loadPgBoss();
  try {
    return await retryTransient(
      () => startBoss(constructBoss, connections, schema),
      timeoutMs,
      (fault) => fault.kind !== 'other' || isCreatedByOther(fault),
    );
  } catch (error) {
    throw isPermissionMissing(error) ? await toPermissionError(connections, schema, error) : error;
  }
}

type PgBossClass = typeof import('pg-boss').PgBoss;

async function loadPgBoss(): Promise<PgBossClass> {
  try {
    return (await import('pg-boss')).PgBoss;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const isAbsent = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    // Matches the name with its quotes, because the path of a package that misses another one may contain the name too.
    if (!isAbsent || !String(cause).includes("'pg-boss'")) throw cause;
    throw new AiImageError(
      'not_configured',
      'a queue in PostgreSQL needs the package pg-boss, which is not installed',
      {
        charged: 'no',
        hint: 'Run: npm install pg-boss',
        cause,
      },
    );
  }
}

/** The timers of pg-boss do not keep the process running. */
const QUIET_CLOCK: Clock = {
  now: Date.now,
  setTimeout: (work, ms) => setTimeout(work, ms).unref(),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout), // made above
  setInterval: (work, ms) => setInterval(work, ms).unref(),
  clearInterval: (timer) => clearInterval(timer as NodeJS.Timeout), // made above
};

async function startBoss(constructBoss: PgBossClass, connections: Connections, schema: string): Promise<PgBoss> {
  const { rows } = await connections.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  const boss = new constructBoss({
    db: createBossConnection(connections),
    schema,
    clock: QUIET_CLOCK,
    // CREATE SCHEMA IF NOT EXISTS needs the permission to create it, also when it exists.
    createSchema: rows.length === 0,
    // The engine ends leases and removes ended work itself. Nothing here is scheduled by cron.
    supervise: false,
    schedule: false,
    registerInstance: false,
    openTelemetry: { enabled: false },
  });
  // Without a listener, an event of this name would end the process. Calls report their own errors.
  boss.on('error', () => undefined);
  try {
    await boss.start();
    await createBossTables(connections, schema);
    return boss;
  } catch (error) {
    await boss.stop({ graceful: false });
    throw error;
  }
}

/** Another process created the same object at the same time: duplicate schema, table, object, key. */
const isCreatedByOther = ({ code }: DatabaseFault) =>
  code !== undefined && ['42P06', '42P07', '42710', '23505'].includes(code);

const isPermissionMissing = (error: unknown): boolean =>
  error instanceof AiImageError && (error.cause as { readonly code?: unknown } | undefined)?.code === '42501';

async function toPermissionError({ query }: Connections, schema: string, cause: unknown): Promise<AiImageError> {
  const { rows } = await query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  const what =
    rows.length === 0
      ? `the user of the database may not create the schema ${schema}, which the queue needs`
      : `the user of the database may not create or use the tables of the queue in the schema ${schema}`;
  const hint =
    rows.length === 0
      ? `As an administrator, run: CREATE SCHEMA ${schema} AUTHORIZATION the_user; or: GRANT CREATE ON DATABASE the_database TO the_user;`
      : `As an administrator, run: GRANT CREATE, USAGE ON SCHEMA ${schema} TO the_user; and let one user create all tables.`;
  return new AiImageError('not_configured', what, { charged: 'no', hint, cause });
}
