/** Opens the ledger in a store's directory. An unreadable ledger is an error: it never counts as empty, so that no budget is exceeded. */
import { AiImageError } from '../../providers/protocol/errors.ts';
import { createPrivateFile, exists, ignoreExisting, linkOrCopy, remove, syncDirectory } from '../files/files.ts';
import type { Layout } from '../files/paths.ts';
import type { Database } from '../sql/sql.ts';
import { openSqlite } from '../sql/sqlite.ts';
import { LEDGER_SCHEMA, upgradeTables } from '../sql/tables.ts';
import type { WriteContext } from '../storage/write-context.ts';
import { removeDatabase } from './open-catalog.ts';
import type { OpenedStore } from './open-store.ts';
import { readVersion, setVersion } from './table-version.ts';

/** The page size of SQLite. A complete file is a multiple of it. */
const PAGE_BYTES = 4_096;

/** @throws AiImageError `storage_failed`: the ledger cannot be read, or its repair is unfinished; `not_configured`: it is of a later version */
export async function openLedger({ ledger, ledgerRepair }: Layout, { context }: OpenedStore): Promise<Database> {
  const { files } = context;
  try {
    if (await exists(files, ledgerRepair)) throw new Error('a repair was interrupted');
    if (!(await exists(files, ledger))) await createLedger(context, ledger);
    // Checked before the file is opened, because SQLite completes a cut last page and writes into an empty file.
    const { size } = await files.lstat(ledger);
    if (size === 0 || size % PAGE_BYTES > 0) throw new Error(size === 0 ? 'it is empty' : 'it is cut off');
    const database = await openSqlite(ledger);
    try {
      const version = await readVersion(database, ledger);
      const [check] = await database.all('PRAGMA quick_check(1)');
      if (version > 0 && check?.quick_check === 'ok') {
        await upgradeTables(database);
        return database;
      }
      throw new Error(version === 0 ? 'it is incomplete' : 'its pages are damaged');
    } catch (error) {
      await database.close();
      throw error;
    }
  } catch (cause) {
    if (cause instanceof AiImageError) throw cause;
    throw new AiImageError('storage_failed', `the ledger ${ledger} cannot be read: ${(cause as Error).message}`, {
      charged: 'no',
      hint: 'Restore it from a backup, or rebuild it from the sidecars with store.repairLedger() or imagen reindex --ledger.',
      cause,
    });
  }
}

async function createLedger(context: WriteContext, ledger: string): Promise<void> {
  const { files, incoming } = context;
  const created = await createLedgerTables(context);
  await created.database.close();
  await linkOrCopy(files, created.path, ledger).catch(ignoreExisting); // another process was faster
  await remove(files, created.path);
  await syncDirectory(files, incoming.pathOf('.'));
}

/** Creates a complete, empty ledger under a temporary name. So an empty file under the final name is a damaged ledger. */
export async function createLedgerTables({ files, incoming, owner }: WriteContext): Promise<{
  readonly path: string;
  readonly database: Database;
}> {
  const path = incoming.pathOf(`${owner}.money.new`);
  await removeDatabase(files, path);
  await createPrivateFile(files, path);
  const database = await openSqlite(path, LEDGER_SCHEMA);
  await upgradeTables(database);
  await setVersion(database);
  return { path, database };
}
