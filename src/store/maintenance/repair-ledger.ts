/**
 * Rebuilds the ledger from the sidecars, only on request: the cost of images that were not saved is missing in it. Calls, jobs and open
 * reservations are copied from the old ledger as far as it can be read, and so are the tables of other modules, for example of the queue.
 */
import { basename, join } from 'node:path';
import { AiImageError } from '../../providers/protocol/errors.ts';
import { projectDayScope } from '../../providers/protocol/shared/budget-scopes.ts';
import type { Sidecar } from '../artifacts/sidecar.ts';
import {
  exists,
  type FileOperations,
  isDiskFailure,
  readIfExists,
  remove,
  replace,
  syncDirectory,
  writeSynced,
} from '../files/files.ts';
import type { Layout } from '../files/paths.ts';
import { copyOtherTables } from '../ledger/copy-other-tables.ts';
import { copyRecords } from '../ledger/copy-records.ts';
import { recordSpending } from '../ledger/spendings.ts';
import { createLedgerTables } from '../open/open-ledger.ts';
import type { OpenedStore } from '../open/open-store.ts';
import type { Database } from '../sql/sql.ts';
import { openSqlite } from '../sql/sqlite.ts';
import type { ArtifactReader } from '../storage/artifact-storage.ts';
import { readSidecars } from '../storage/walk.ts';
import { PRIVATE_MODE, type WriteContext } from '../storage/write-context.ts';

/** Sidecars per transaction. */
const BATCH_SIZE = 200;

/** @throws AiImageError `storage_failed`: another process uses the store */
export async function repairLedger(
  layout: Layout,
  { context, processLock }: OpenedStore,
  storage: ArtifactReader,
  now: () => number,
): Promise<{ readonly spendings: number; readonly lost: readonly string[]; readonly old: string }> {
  const { files } = context;
  if (await processLock.isShared()) {
    throw new AiImageError('storage_failed', 'another process uses the store and its ledger', {
      charged: 'no',
      hint: 'Nothing was changed. End that process first; otherwise the new ledger would miss what the process spends.',
    });
  }
  const old = await moveOldLedgerAside(layout, context, now);
  const { path, database } = await createLedgerTables(context);
  let spendings = 0;
  let lost: readonly string[];
  try {
    lost = await copyOldRecords(files, old, database);
    for await (const { folder, sidecars } of storage.walk()) {
      for (let start = 0; start < sidecars.length; start += BATCH_SIZE) {
        const batch = sidecars.slice(start, start + BATCH_SIZE);
        await database.transaction(async (sql) => {
          for await (const { reading } of readSidecars(storage, folder, batch)) {
            if (reading.kind !== 'sidecar' || reading.sidecar.imported) continue;
            const { provider, model, cost, createdAt } = reading.sidecar;
            const micros = Math.max(Math.round((cost.usd ?? 0) * 1e6), 0);
            const spending = { id: reading.sidecar.id, at: createdAt, micros, provider, model, images: 1 };
            await recordSpending(sql, { ...spending, state: 'spent', scopes: scopesOf(reading.sidecar) });
            spendings++;
          }
        });
      }
    }
  } finally {
    await database.close();
  }
  await replace(files, path, layout.ledger);
  await syncDirectory(files, layout.ownFolder);
  await remove(files, layout.ledgerRepair);
  return { spendings, lost, old };
}

const OLD_NAME = /^money\.db\.old-\d+$/;

/**
 * Renames the old ledger. First writes `money.repair`, which prevents all calls until the repair is complete. It contains the new name of the
 * old ledger, so that the next repair can continue an interrupted one.
 */
async function moveOldLedgerAside(
  layout: Layout,
  { files, incoming, owner }: WriteContext,
  now: () => number,
): Promise<string> {
  const started = (await readIfExists(files, layout.ledgerRepair))?.toString() ?? '';
  const name = OLD_NAME.test(started) ? started : `${basename(layout.ledger)}.old-${now()}`;
  if (name !== started) {
    const next = incoming.pathOf(`${owner}.repair.next`);
    await remove(files, next);
    const unsynced = await writeSynced(files, next, new TextEncoder().encode(name), PRIVATE_MODE);
    if (isDiskFailure(unsynced)) throw unsynced;
    await replace(files, next, layout.ledgerRepair);
    await syncDirectory(files, layout.ownFolder);
  }
  const old = join(layout.ownFolder, name);
  // The database file is renamed last. Once it has the new name, all its files have, and a file under the old name is a new ledger.
  if (!(await exists(files, old))) {
    for (const ending of ['-wal', '-shm', '']) {
      if (await exists(files, layout.ledger + ending)) await files.rename(layout.ledger + ending, old + ending);
    }
    await syncDirectory(files, layout.ownFolder);
  }
  return old;
}

/** Tables of the ledger whose rows are not in sidecars. They are copied together, so that a call is never there without its reservation. */
const OWN_TABLES = ['calls', 'jobs', 'spendings', 'usage_outbox', 'server_requests'];

/**
 * Copies what can be read. A damaged ledger can be read in part or not at all.
 * @returns the tables that could not be copied completely
 */
async function copyOldRecords(files: FileOperations, old: string, database: Database): Promise<readonly string[]> {
  let source: Database | undefined;
  try {
    if (!(await exists(files, old))) return [];
    // SQLite would write into an empty file.
    if ((await files.lstat(old)).size === 0) return OWN_TABLES;
    const opened = await openSqlite(old);
    source = opened;
    const lost = await copyRecords(opened, database).then(
      () => [],
      () => OWN_TABLES,
    );
    return [...lost, ...(await copyOtherTables(opened, database))];
  } catch {
    // The old file is renamed, not deleted, and the caller learns that nothing of it was copied.
    return OWN_TABLES;
  } finally {
    await source?.close().catch(() => undefined);
  }
}

/** Returns the names of the budgets that an image counts towards. They match those of the manager. */
export function scopesOf({ createdAt, request }: Sidecar): readonly string[] {
  const day = createdAt.slice(0, 10);
  const metadata = request.metadata as { readonly costCenter?: unknown } | undefined | null; // plain JSON, checked below
  const project = metadata?.costCenter;
  const ofProject = isProject(project) ? [`project ${project}`, projectDayScope(String(project), day)] : [];
  return [`day ${day}`, `month ${day.slice(0, 7)}`, ...ofProject];
}

const isProject = (value: unknown): value is string | number =>
  (typeof value === 'string' && value !== '') || typeof value === 'number';
