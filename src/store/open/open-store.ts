/** A store's directory, made ready: folders, catalog, ledger, and what dead processes left behind. */
import { lstatSync } from 'node:fs';
import { AiImageError } from '../../providers/protocol/errors.ts';
import { CATALOG_SCHEMA, type Catalog, createCatalog } from '../catalog/catalog.ts';
import {
  codeOf,
  type FileOperations,
  giveName,
  ignoreExisting,
  makePrivate,
  remove,
  syncDirectory,
} from '../files/files.ts';
import { createFolders, makeRoot } from '../files/folders.ts';
import { type Layout, OWN_FOLDER } from '../files/paths.ts';
import { addColumns, LEDGER_SCHEMA } from '../ledger/ledger.ts';
import { acquireProcessLock, type ProcessLock } from '../locks/process-lock.ts';
import { type Database, whole } from '../sql/sql.ts';
import { isTorn, openSqlite } from '../sql/sqlite.ts';
import type { ArtifactStorage } from '../storage/artifact-storage.ts';
import type { WriteContext } from '../storage/artifact-writer.ts';
import { rebuildCatalog } from './rebuild-catalog.ts';

/** Of catalog and ledger: what is of a later one is left alone. */
const VERSION = 1;
/** What the database writes at a time. */
const PAGE_BYTES = 4_096;

export interface OpenedStore {
  readonly place: WriteContext;
  readonly presence: ProcessLock;
  readonly close: () => Promise<void>;
}

/** @throws AiImageError `not_configured`: the directory cannot be used */
export async function openStore(layout: Layout, files: FileOperations): Promise<OpenedStore> {
  try {
    await makeRoot(files, layout.root);
    const folders = createFolders(files, layout.root);
    for (const name of ['quarantine', 'locks']) await (await folders.make([OWN_FOLDER, name])).leave();
    const incoming = await folders.make([OWN_FOLDER, 'incoming']);
    try {
      const presence = await acquireProcessLock(files, layout.locks);
      return {
        place: { files, folders, incoming, token: presence.token, wanted: new Set() },
        presence,
        async close() {
          await incoming.leave();
          await presence.leave();
        },
      };
    } catch (error) {
      await incoming.leave();
      throw error;
    }
  } catch (error) {
    throw cannotUse(layout.root, error);
  }
}

export interface OpenCatalog {
  readonly catalog: Catalog;
  readonly database: Database;
  /** Whether its file is still the one that others find. */
  readonly isCurrent: () => boolean;
}

/** Opens the catalog. One that is gone, torn or was never finished is made again from the sidecars: they are the truth. */
export async function openCatalog(layout: Layout, opened: OpenedStore, shelf: ArtifactStorage): Promise<OpenCatalog> {
  try {
    return await openOne(layout, opened, shelf).catch(async (error: unknown) => {
      if (!isTorn(error)) throw error;
      await removeDatabase(opened.place.files, layout.catalog);
      return openOne(layout, opened, shelf);
    });
  } catch (error) {
    throw cannotUse(layout.root, error);
  }
}

async function openOne(layout: Layout, { place, presence }: OpenedStore, shelf: ArtifactStorage): Promise<OpenCatalog> {
  const { files } = place;
  await makePrivate(files, layout.catalog);
  const fileId = fileIdOf(layout.catalog);
  const database = await openSqlite(layout.catalog, CATALOG_SCHEMA);
  try {
    const version = await versionOf(database, layout.catalog);
    const catalog = createCatalog(database, shelf.pathOf);
    await shelf.recover(place, presence, catalog);
    if (version === 0) {
      await rebuildCatalog(shelf, catalog);
      await database.run(`PRAGMA user_version = ${VERSION}`);
    }
    return { catalog, database, isCurrent: () => fileId !== undefined && fileIdOf(layout.catalog) === fileId };
  } catch (error) {
    await database.close();
    throw error;
  }
}

export async function removeDatabase(files: FileOperations, path: string): Promise<void> {
  for (const ending of ['-wal', '-shm', '']) await remove(files, path + ending);
}

function fileIdOf(path: string): bigint | undefined {
  try {
    return lstatSync(path, { bigint: true }).ino;
  } catch {
    return undefined; // taken away
  }
}

/** @throws AiImageError `not_configured`: it is of a later version */
async function versionOf(database: Database, path: string): Promise<number> {
  const [row] = await database.all('PRAGMA user_version');
  const version = row === undefined ? 0 : whole(row, 'user_version');
  if (version <= VERSION) return version;
  throw new AiImageError('not_configured', `${path} was made by a later version of the library`, {
    charged: 'no',
    hint: 'Nothing was sent and nothing was changed. Use that version.',
  });
}

/** Money fails closed: a ledger that cannot be read is never taken for an empty one. @throws AiImageError `not_configured` */
export async function openLedger({ money, repair }: Layout, { place }: OpenedStore): Promise<Database> {
  const { files } = place;
  try {
    if (await isThere(files, repair)) throw new Error('a repair of it was broken off');
    if (!(await isThere(files, money))) {
      const made = await createLedgerTables(place);
      await made.database.close();
      await giveName(files, made.path, money).catch(ignoreExisting); // somebody else was faster
      await remove(files, made.path);
      await syncDirectory(files, place.incoming.at('.'));
    }
    // Looked at from outside: the database fills up what is missing of its last page, and writes into an empty file.
    const { size } = await files.lstat(money);
    if (size === 0 || size % PAGE_BYTES > 0) throw new Error(size === 0 ? 'it is empty' : 'it is cut off');
    const database = await openSqlite(money);
    try {
      const version = await versionOf(database, money);
      const [check] = await database.all('PRAGMA quick_check(1)');
      if (version > 0 && check?.quick_check === 'ok') {
        await addColumns(database);
        return database;
      }
      throw new Error(version === 0 ? 'it is not finished' : 'its pages do not fit together');
    } catch (error) {
      await database.close();
      throw error;
    }
  } catch (cause) {
    if (cause instanceof AiImageError) throw cause;
    throw new AiImageError('not_configured', `the ledger ${money} cannot be read: ${(cause as Error).message}`, {
      charged: 'no',
      hint: 'Restore it from a copy, or let the store make it again from the sidecars: store.repairLedger(), imagen reindex --ledger.',
      cause,
    });
  }
}

/** A whole and empty ledger on its way to its name: an empty file under that name is therefore a torn one. */
export async function createLedgerTables({ files, incoming, token }: WriteContext): Promise<{
  readonly path: string;
  readonly database: Database;
}> {
  const path = incoming.at(`${token}.money.new`);
  await removeDatabase(files, path);
  await makePrivate(files, path);
  const database = await openSqlite(path, LEDGER_SCHEMA);
  await database.run(`PRAGMA user_version = ${VERSION}`);
  return { path, database };
}

export async function isThere({ lstat }: FileOperations, path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

export function cannotUse(root: string, cause: unknown): AiImageError {
  if (cause instanceof AiImageError) return cause;
  const why = codeOf(cause) ?? (cause instanceof Error ? cause.message : 'unknown reason');
  return new AiImageError('not_configured', `the store at ${root} cannot be used: ${why}`, {
    charged: 'no',
    hint: 'Nothing was sent. See to the rights and the room of its directory, or name another one.',
    cause,
  });
}
