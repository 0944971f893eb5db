/** A store's directory, made ready: folders, catalog, what dead processes left behind. */
import { existsSync } from 'node:fs';
import { AiImageError } from '../providers/protocol/errors.ts';
import { CATALOG_SCHEMA, type Catalog, createCatalog } from './catalog.ts';
import { codeOf, type FileOperations, makeDirectory } from './files.ts';
import type { Layout } from './layout.ts';
import { MONEY_SCHEMA } from './money.ts';
import { type Place, recover } from './place.ts';
import { enter, type Presence } from './presence.ts';
import { rebuild } from './rebuild.ts';
import type { Database } from './sql.ts';
import { openSqlite } from './sqlite.ts';

export interface Opened {
  readonly place: Place;
  readonly presence: Presence;
  readonly catalog: Catalog;
  readonly catalogDatabase: Database;
}

const PRIVATE = 0o600;

/** @throws AiImageError `not_configured`: the directory cannot be used */
export async function openStore(layout: Layout, files: FileOperations): Promise<Opened> {
  try {
    for (const directory of [layout.root, layout.own, layout.incoming, layout.locks, layout.quarantine]) {
      await makeDirectory(files, directory);
    }
    const isNew = !existsSync(layout.catalog);
    const { database, isTorn } = await openCatalog(layout, files);
    const presence = await enter(layout.locks);
    const place: Place = { files, layout, token: presence.token };
    const catalog = createCatalog(database, layout.root);
    for (const { kind, sidecar, folder, done } of await recover(place, presence.isAlive)) {
      if (kind === 'deleted') await catalog.remove(sidecar.id);
      else await catalog.put(sidecar, folder);
      await done();
    }
    // The sidecars are the truth; a catalog that is gone is made again from them.
    if (isNew || isTorn) await rebuild(files, layout.root, catalog);
    return { place, presence, catalog, catalogDatabase: database };
  } catch (error) {
    throw cannotUse(layout.root, error);
  }
}

async function openCatalog(
  { catalog }: Layout,
  files: FileOperations,
): Promise<{ readonly database: Database; readonly isTorn: boolean }> {
  const open = async () => {
    await makePrivate(files, catalog);
    return openSqlite(catalog, { synchronous: 'NORMAL', schema: CATALOG_SCHEMA });
  };
  try {
    return { database: await open(), isTorn: false };
  } catch (error) {
    if (codeOf(error) !== 'ERR_SQLITE_ERROR') throw error;
    for (const ending of ['', '-wal', '-shm']) {
      if (existsSync(catalog + ending)) await files.rename(catalog + ending, `${catalog}.torn-${Date.now()}${ending}`);
    }
    return { database: await open(), isTorn: true };
  }
}

/** Money fails closed: a ledger that cannot be read is never taken for an empty one. @throws AiImageError `not_configured` */
export async function openMoney({ money }: Layout, files: FileOperations): Promise<Database> {
  try {
    await makePrivate(files, money);
    const database = await openSqlite(money, { synchronous: 'FULL', schema: MONEY_SCHEMA });
    const [check] = await database.all('PRAGMA quick_check(1)');
    if (check?.quick_check === 'ok') return database;
    await database.close();
    throw new Error('its pages do not fit together');
  } catch (cause) {
    throw new AiImageError('not_configured', `the ledger ${money} cannot be read: ${(cause as Error).message}`, {
      charged: 'no',
      hint: 'Restore it from a copy, or let the store make it again from the sidecars: store.repairLedger(), imagen reindex --ledger.',
      cause,
    });
  }
}

async function makePrivate({ open }: FileOperations, path: string): Promise<void> {
  const file = await open(path, 'a', PRIVATE);
  await file.close();
}

function cannotUse(root: string, cause: unknown): AiImageError {
  if (cause instanceof AiImageError) return cause;
  const why = codeOf(cause) ?? (cause instanceof Error ? cause.message : 'unknown reason');
  return new AiImageError('not_configured', `the store at ${root} cannot be used: ${why}`, {
    charged: 'no',
    hint: 'Nothing was sent. See to the rights and the room of its directory, or name another one.',
    cause,
  });
}
