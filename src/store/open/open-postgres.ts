/** A store's ledger and index in PostgreSQL, made ready. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AiImageError } from '../../providers/protocol/errors.ts';
import { createCatalog } from '../catalog/catalog.ts';
import { codeOf, giveName, ignoreExisting, readOrNothing, remove, syncDirectory, writeSynced } from '../files/files.ts';
import type { Layout } from '../files/paths.ts';
import { takeOver } from '../ledger/ledger.ts';
import { type Connections, connectTo } from '../sql/postgres/connect.ts';
import { createPostgresDatabase, persist } from '../sql/postgres/database.ts';
import { DatabaseFault, explained } from '../sql/postgres/faults.ts';
import { makeTables } from '../sql/postgres/schema.ts';
import type { ReadySettings } from '../sql/postgres/settings.ts';
import { type Database, type Sql, text } from '../sql/sql.ts';
import type { ArtifactStorage } from '../storage/artifact-storage.ts';
import type { WriteContext } from '../storage/artifact-writer.ts';
import { cannotUse, isThere, type OpenCatalog, type OpenedStore, openLedger } from './open-store.ts';
import { rebuildCatalog } from './rebuild-catalog.ts';

export interface SharedDatabase {
  readonly money: Database;
  readonly index: Database;
  /** For what only one process may do. */
  readonly alone: Database;
  /** With patience, in the database's own words. */
  readonly ask: Connections['query'];
  readonly close: () => Promise<void>;
}

/** @throws AiImageError `not_configured`: the package is missing, the database cannot be reached, its tables are of a later version */
export async function openShared(settings: ReadySettings): Promise<SharedDatabase> {
  const connections = await connectTo(settings);
  try {
    await makeTables(connections, settings.schema);
  } catch (error) {
    await connections.close();
    throw error instanceof DatabaseFault ? explained(error) : error;
  }
  return {
    money: createPostgresDatabase(connections, settings),
    index: createPostgresDatabase(connections, { ...settings, alone: 'index' }),
    alone: createPostgresDatabase(connections, { ...settings, alone: 'ledger' }),
    ask: (query, values) => persist(() => connections.query(query, values), settings.patienceMs),
    close: connections.close,
  };
}

/**
 * The ledger. What the directory's own one says, of the time before there was a database, comes into it; then that file is put aside.
 * @throws AiImageError `not_configured`: it cannot be read, or somebody still works with it
 */
export async function openSharedLedger(
  { money, alone }: SharedDatabase,
  layout: Layout,
  opened: OpenedStore,
): Promise<Database> {
  const { files } = opened.place;
  const isOld = async () => (await isThere(files, layout.money)) || (await isThere(files, layout.repair));
  if (!(await isOld())) return money;
  await alone.transaction(async (sql) => {
    if (await isOld()) await moveIn(sql, layout, opened);
  });
  await files
    .rename(layout.money, `${layout.money}.moved-${randomBytes(4).toString('hex')}`)
    .catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error; // another process was faster
    });
  await syncDirectory(files, layout.own);
  return money;
}

async function moveIn(sql: Sql, layout: Layout, opened: OpenedStore): Promise<void> {
  const own = await openLedger(layout, opened);
  try {
    // Goes only where nobody else has it open.
    const [mode] = await own.all('PRAGMA journal_mode = DELETE').catch(() => []);
    if (mode?.journal_mode !== 'delete') throw stillUsed(layout.money);
    // All within the transaction that is open already.
    await takeOver(own, { ...sql, transaction: (work) => work(sql), close: async () => undefined }, true);
  } finally {
    await own.close();
  }
}

/** The index. What was never finished is made again from the sidecars. @throws AiImageError `not_configured`: it is of another directory */
export async function openSharedIndex(
  shared: SharedDatabase,
  layout: Layout,
  opened: OpenedStore,
  shelf: ArtifactStorage,
): Promise<OpenCatalog> {
  const { index } = shared;
  try {
    const id = await bindIndex(shared, layout, opened);
    const catalog = createCatalog(index, shelf.pathOf);
    await shelf.recover(opened.place, opened.presence, catalog);
    if ((await factOf(index, 'built')) !== id) {
      await rebuildCatalog(shelf, catalog);
      await index.run(SAY, 'built', id);
    }
    return { catalog, database: index, isCurrent: () => true };
  } catch (error) {
    throw cannotUse(layout.root, error);
  }
}

/**
 * Says whose the index is: paths in it lead nowhere in another directory.
 * @param takes also where it is that of another one
 * @returns the directory's id
 */
export async function bindIndex(
  { index }: SharedDatabase,
  layout: Layout,
  { place }: OpenedStore,
  takes = false,
): Promise<string> {
  const id = await idOf(layout, place);
  if (takes) await index.run(SAY, 'directory', id);
  else await index.run("INSERT INTO facts (name, value) VALUES ('directory', ?) ON CONFLICT (name) DO NOTHING", id);
  if ((await factOf(index, 'directory')) === id) return id;
  throw new AiImageError(
    'not_configured',
    `the index in the database is that of another directory than ${layout.root}`,
    {
      charged: 'no',
      hint: "Name that directory on every machine; or give each its own with database: { index: 'directory' }; or store.reindex() to make it that of this one.",
    },
  );
}

const SAY = 'INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value';

async function factOf(sql: Database, name: string): Promise<string | undefined> {
  const [row] = await sql.all('SELECT value FROM facts WHERE name = ?', name);
  return row && text(row, 'value');
}

/** It goes with the directory, under whatever path a machine has it. */
async function idOf({ own, elsewhere }: Layout, { files, incoming, token }: WriteContext): Promise<string> {
  // Every machine finds a bucket under the same name.
  if (elsewhere !== '') return elsewhere;
  const path = join(own, 'directory.id');
  for (;;) {
    const known = (await readOrNothing(files, path))?.toString().trim();
    if (known) return known;
    const way = incoming.at(`${token}.directory.id`);
    await remove(files, way);
    await writeSynced(files, way, new TextEncoder().encode(`${randomBytes(16).toString('hex')}\n`), 0o600);
    await giveName(files, way, path).catch(ignoreExisting); // somebody else was faster
    await remove(files, way);
    await syncDirectory(files, own);
  }
}

const stillUsed = (path: string) =>
  new AiImageError('not_configured', `${path} is still used by a process that knows nothing of the database`, {
    charged: 'no',
    hint: 'End it first: what it spends meanwhile would not be in the database.',
  });
