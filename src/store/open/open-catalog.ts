/** Opens the catalog in a store's directory. */
import { lstatSync } from 'node:fs';
import { type Catalog, createCatalog } from '../catalog/catalog.ts';
import { createPrivateFile, type FileOperations, remove } from '../files/files.ts';
import type { Layout } from '../files/paths.ts';
import type { Database } from '../sql/sql.ts';
import { isCorrupt, openSqlite } from '../sql/sqlite.ts';
import { CATALOG_SCHEMA, upgradeTables } from '../sql/tables.ts';
import type { ArtifactStorage } from '../storage/artifact-storage.ts';
import { toUnusableError } from '../storage-error.ts';
import type { OpenedStore } from './open-store.ts';
import { rebuildCatalog } from './rebuild-catalog.ts';
import { readVersion, setVersion } from './table-version.ts';

export interface OpenCatalog {
  readonly catalog: Catalog;
  readonly database: Database;
  /** Checks whether the file is still at its path. False after it was deleted or replaced. */
  readonly isCurrent: () => boolean;
}

/** Opens the catalog. One that is missing, damaged or incomplete is rebuilt from the sidecars. */
export async function openCatalog(layout: Layout, opened: OpenedStore, storage: ArtifactStorage): Promise<OpenCatalog> {
  try {
    return await openOnce(layout, opened, storage).catch(async (error: unknown) => {
      if (!isCorrupt(error)) throw error;
      await removeDatabase(opened.context.files, layout.catalog);
      return openOnce(layout, opened, storage);
    });
  } catch (error) {
    throw toUnusableError(layout.root, error);
  }
}

async function openOnce(
  layout: Layout,
  { context, processLock }: OpenedStore,
  storage: ArtifactStorage,
): Promise<OpenCatalog> {
  await createPrivateFile(context.files, layout.catalog);
  const fileId = fileIdOf(layout.catalog);
  const database = await openSqlite(layout.catalog, CATALOG_SCHEMA);
  try {
    const version = await readVersion(database, layout.catalog);
    await upgradeTables(database);
    const catalog = createCatalog(database, storage.pathOf);
    await storage.recover(context, processLock, catalog);
    if (version === 0) {
      await rebuildCatalog(storage, catalog);
      await setVersion(database);
    }
    return { catalog, database, isCurrent: () => fileId !== undefined && fileIdOf(layout.catalog) === fileId };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Deletes a database file and the files that SQLite creates beside it. */
export async function removeDatabase(files: FileOperations, path: string): Promise<void> {
  for (const ending of ['-wal', '-shm', '']) await remove(files, path + ending);
}

function fileIdOf(path: string): bigint | undefined {
  try {
    return lstatSync(path, { bigint: true }).ino;
  } catch {
    return undefined; // it was deleted
  }
}
