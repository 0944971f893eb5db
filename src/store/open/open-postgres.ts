/** Opens a store's ledger and catalog in PostgreSQL. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AiImageError } from '../../providers/protocol/errors.ts';
import { createCatalog } from '../catalog/catalog.ts';
import {
  codeOf,
  exists,
  ignoreExisting,
  linkOrCopy,
  readIfExists,
  remove,
  syncDirectory,
  writeSynced,
} from '../files/files.ts';
import type { Layout } from '../files/paths.ts';
import { copyRecords } from '../ledger/copy-records.ts';
import { type Connections, connectTo } from '../sql/postgres/connect.ts';
import { createPostgresDatabase, retryTransient } from '../sql/postgres/database.ts';
import { isWrongSetting } from '../sql/postgres/faults.ts';
import { createTables } from '../sql/postgres/schema.ts';
import type { ResolvedDatabaseSettings } from '../sql/postgres/settings.ts';
import { type Database, readInteger, readText, type Sql } from '../sql/sql.ts';
import type { ArtifactStorage } from '../storage/artifact-storage.ts';
import { PRIVATE_MODE, type WriteContext } from '../storage/write-context.ts';
import { toUnusableError } from '../storage-error.ts';
import type { OpenCatalog } from './open-catalog.ts';
import { openLedger } from './open-ledger.ts';
import type { OpenedStore } from './open-store.ts';
import { rebuildCatalog } from './rebuild-catalog.ts';

export interface SharedDatabase {
  readonly ledger: Database;
  readonly index: Database;
  /** The ledger, with transactions that only one process at a time can run. */
  readonly exclusiveLedger: Database;
  /** Reads in PostgreSQL's own SQL, with retries. */
  readonly query: Connections['query'];
  /** Writes in PostgreSQL's own SQL, with retries. */
  readonly change: Connections['query'];
  /** Without retries. */
  readonly connections: Connections;
  /** How long retries go on, in milliseconds. */
  readonly timeoutMs: number;
  readonly close: () => Promise<void>;
}

/** @throws AiImageError `not_configured`: the package is missing, or the tables are of a later version; as `toDatabaseError` */
export async function openSharedDatabase(settings: ResolvedDatabaseSettings): Promise<SharedDatabase> {
  const connections = await connectTo(settings);
  try {
    // Repeating it changes nothing. A wrong setting is reported at once.
    await retryTransient(
      () => createTables(connections, settings.schema),
      settings.timeoutMs,
      (fault) => fault.kind !== 'other' && !isWrongSetting(fault),
    );
  } catch (error) {
    await connections.close();
    throw error;
  }
  return {
    ledger: createPostgresDatabase(connections, settings),
    index: createPostgresDatabase(connections, { ...settings, exclusiveLock: 'index' }),
    exclusiveLedger: createPostgresDatabase(connections, { ...settings, exclusiveLock: 'ledger' }),
    query: (query, values) => retryTransient(() => connections.query(query, values), settings.timeoutMs),
    change: (query, values) =>
      retryTransient(
        () => connections.transaction((inTransaction) => inTransaction(query, values)),
        settings.timeoutMs,
      ),
    connections,
    timeoutMs: settings.timeoutMs,
    close: connections.close,
  };
}

/**
 * Opens the ledger. A ledger file from before the database is copied into it, then renamed.
 * @throws AiImageError `storage_failed`: the file cannot be read, or another process still uses it
 */
export async function openSharedLedger(
  { ledger, exclusiveLedger }: SharedDatabase,
  layout: Layout,
  opened: OpenedStore,
): Promise<Database> {
  const { files } = opened.context;
  const hasFile = async () => (await exists(files, layout.ledger)) || (await exists(files, layout.ledgerRepair));
  if (!(await hasFile())) return ledger;
  try {
    await exclusiveLedger.transaction(async (sql) => {
      if (await hasFile()) await importLedgerFile(sql, layout, opened);
    });
  } catch (error) {
    // Without its file, the ledger was imported by another process, which could take the lock when the connection of this one was lost.
    if (await hasFile()) throw error;
    return ledger;
  }
  // Only after the import is committed, and only while no process is importing: opening a file that was just renamed would create a new one.
  const moved = `${layout.ledger}.moved-${randomBytes(4).toString('hex')}`;
  await exclusiveLedger.transaction(() =>
    files.rename(layout.ledger, moved).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error; // another process was faster
    }),
  );
  await syncDirectory(files, layout.ownFolder);
  return ledger;
}

async function importLedgerFile(sql: Sql, layout: Layout, opened: OpenedStore): Promise<void> {
  const file = await openLedger(layout, opened);
  try {
    // This succeeds only when no other process has the file open.
    const [mode] = await file.all('PRAGMA journal_mode = DELETE').catch(() => []);
    if (mode?.journal_mode !== 'delete') throw ledgerInUseError(layout.ledger);
    await refuseUnfinishedWork(file, layout.ledger);
    // Everything runs in the transaction that is open already.
    await copyRecords(file, { ...sql, transaction: (work) => work(sql), close: async () => undefined }, true);
  } finally {
    await file.close();
  }
}

/** Opens the catalog. An incomplete one is rebuilt from the sidecars. @throws AiImageError `not_configured`: it belongs to another directory */
export async function openSharedIndex(
  shared: SharedDatabase,
  layout: Layout,
  opened: OpenedStore,
  storage: ArtifactStorage,
): Promise<OpenCatalog> {
  const { index } = shared;
  try {
    const id = await bindIndex(shared, layout, opened);
    const catalog = createCatalog(index, storage.pathOf);
    await storage.recover(opened.context, opened.processLock, catalog);
    if ((await readFact(index, 'built')) !== id) {
      await rebuildCatalog(storage, catalog);
      await index.run(SET_FACT, 'built', id);
    }
    return { catalog, database: index, isCurrent: () => true };
  } catch (error) {
    throw toUnusableError(layout.root, error);
  }
}

/**
 * Binds the index to this directory, because its paths are valid in one directory only.
 * @param replaces even when the index belongs to another directory
 * @returns the id of the directory
 */
export async function bindIndex(
  { index }: SharedDatabase,
  layout: Layout,
  { context }: OpenedStore,
  replaces = false,
): Promise<string> {
  const id = await directoryId(layout, context);
  if (replaces) await index.run(SET_FACT, 'directory', id);
  else await index.run("INSERT INTO facts (name, value) VALUES ('directory', ?) ON CONFLICT (name) DO NOTHING", id);
  if ((await readFact(index, 'directory')) === id) return id;
  throw new AiImageError(
    'not_configured',
    `the index in the database was made for another directory, not for ${layout.root}`,
    {
      charged: 'no',
      hint: "If all machines share one directory, open that one. If each machine has its own, set database: { index: 'directory' }. To rebuild the index for this directory and stop using it for the other one, call store.reindex().",
    },
  );
}

const SET_FACT =
  'INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value';

async function readFact(sql: Database, name: string): Promise<string | undefined> {
  const [row] = await sql.all('SELECT value FROM facts WHERE name = ?', name);
  return row && readText(row, 'value');
}

/** Returns the id of the directory, which is stored in it, because machines may mount it at different paths. */
async function directoryId({ ownFolder, bucketId }: Layout, { files, incoming, owner }: WriteContext): Promise<string> {
  // A bucket has the same name on every machine.
  if (bucketId !== '') return bucketId;
  const path = join(ownFolder, 'directory.id');
  for (;;) {
    const known = (await readIfExists(files, path))?.toString().trim();
    if (known) return known;
    const temporary = incoming.pathOf(`${owner}.directory.id`);
    await remove(files, temporary);
    await writeSynced(files, temporary, new TextEncoder().encode(`${randomBytes(16).toString('hex')}\n`), PRIVATE_MODE);
    await linkOrCopy(files, temporary, path).catch(ignoreExisting); // another process was faster
    await remove(files, temporary);
    await syncDirectory(files, ownFolder);
  }
}

/** A queue keeps its work in the file of the ledger. In PostgreSQL it has another form, so unfinished work would be lost. */
async function refuseUnfinishedWork(file: Sql, path: string): Promise<void> {
  const [table] = await file.all("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'work'");
  if (table === undefined) return;
  const [row] = await file.all("SELECT COUNT(*) AS number FROM work WHERE state IN ('waiting', 'active')");
  const number = row === undefined ? 0 : readInteger(row, 'number');
  if (number === 0) return;
  throw new AiImageError(
    'not_configured',
    `the ledger file ${path} has unfinished work of a queue: ${number} waiting or active`,
    {
      charged: 'no',
      hint: 'Nothing was changed. Open the store without `database`, run a worker until the queue is drained or cancel the work, then set `database` again.',
    },
  );
}

const ledgerInUseError = (path: string) =>
  new AiImageError('storage_failed', `another process still uses the ledger file ${path} instead of the database`, {
    charged: 'no',
    hint: 'Nothing was changed. End that process first; otherwise the database would miss what the process spends.',
  });
