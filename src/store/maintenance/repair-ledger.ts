/**
 * A new ledger from what the sidecars say. Only when somebody asks for it: what was paid and not kept is not in it. Calls and jobs on
 * record and promises that nobody has settled are taken over from the old one, as far as it can be read.
 */
import { basename, join } from 'node:path';
import { AiImageError } from '../../providers/protocol/errors.ts';
import type { Sidecar } from '../artifacts/sidecar.ts';
import {
  type FileOperations,
  losesBytes,
  readOrNothing,
  remove,
  replace,
  syncDirectory,
  writeSynced,
} from '../files/files.ts';
import type { Layout } from '../files/paths.ts';
import { recordSpending, takeOver } from '../ledger/ledger.ts';
import { createLedgerTables, isThere, type OpenedStore } from '../open/open-store.ts';
import type { Database } from '../sql/sql.ts';
import { openSqlite } from '../sql/sqlite.ts';
import type { ArtifactReader } from '../storage/artifact-storage.ts';
import type { WriteContext } from '../storage/artifact-writer.ts';
import { readSidecars } from '../storage/walk.ts';

/** Sidecars that are written down in one go. */
const AT_ONCE = 200;

/** @throws AiImageError `invalid_request`: another process works with the store */
export async function repairLedger(
  layout: Layout,
  { place, presence }: OpenedStore,
  shelf: ArtifactReader,
  now: () => number,
): Promise<{ readonly spendings: number; readonly old: string }> {
  const { files } = place;
  if (await presence.isShared()) {
    throw new AiImageError('invalid_request', 'another process works with the store, and with its ledger', {
      charged: 'no',
      hint: 'End it first: what it spends meanwhile would not be in the new ledger.',
    });
  }
  const old = await putOldAside(layout, place, now);
  const { path, database } = await createLedgerTables(place);
  let spendings = 0;
  try {
    await takeOverFrom(files, old, database);
    for await (const { folder, sidecars } of shelf.walk()) {
      for (let start = 0; start < sidecars.length; start += AT_ONCE) {
        const batch = sidecars.slice(start, start + AT_ONCE);
        await database.transaction(async (sql) => {
          for await (const { reading } of readSidecars(shelf, folder, batch)) {
            if (reading.kind !== 'sidecar') continue;
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
  await replace(files, path, layout.money);
  await syncDirectory(files, layout.own);
  await remove(files, layout.repair);
  return { spendings, old };
}

const OLD = /^money\.db\.old-\d+$/;

/**
 * As long as `money.repair` stands there, no call is made: a ledger that is on its way aside or half made is not taken for one. It says
 * where the old one goes, so that a repair that was broken off is gone on with by the next.
 */
async function putOldAside(
  layout: Layout,
  { files, incoming, token }: WriteContext,
  now: () => number,
): Promise<string> {
  const begun = (await readOrNothing(files, layout.repair))?.toString() ?? '';
  const name = OLD.test(begun) ? begun : `${basename(layout.money)}.old-${now()}`;
  if (name !== begun) {
    const next = incoming.at(`${token}.repair.next`);
    await remove(files, next);
    const unsynced = await writeSynced(files, next, new TextEncoder().encode(name), 0o600);
    if (losesBytes(unsynced)) throw unsynced;
    await replace(files, next, layout.repair);
    await syncDirectory(files, layout.own);
  }
  const old = join(layout.own, name);
  // The file itself goes last: where it is there, all of it is, and what has its old name is a new one.
  if (!(await isThere(files, old))) {
    for (const ending of ['-wal', '-shm', '']) {
      if (await isThere(files, layout.money + ending)) await files.rename(layout.money + ending, old + ending);
    }
    await syncDirectory(files, layout.own);
  }
  return old;
}

/** What is torn cannot be read, or only in part: what there is of it is better than nothing. */
async function takeOverFrom({ lstat }: FileOperations, old: string, database: Database): Promise<void> {
  let source: Database | undefined;
  try {
    // There is nothing in it, and opening it would write into it.
    if ((await lstat(old)).size === 0) return;
    source = await openSqlite(old);
    await takeOver(source, database);
  } catch {
    // The old file is put aside and not lost.
  } finally {
    await source?.close().catch(() => undefined);
  }
}

/** As the manager names them. */
export function scopesOf({ createdAt, request }: Sidecar): readonly string[] {
  const day = createdAt.slice(0, 10);
  const metadata = request.metadata as { readonly costCenter?: unknown } | undefined | null; // plain JSON, read with care below
  const project = metadata?.costCenter;
  return [`day ${day}`, `month ${day.slice(0, 7)}`, ...(isProject(project) ? [`project ${project}`] : [])];
}

const isProject = (value: unknown): value is string | number =>
  (typeof value === 'string' && value !== '') || typeof value === 'number';
