/**
 * Adds entries to a ledger in PostgreSQL that it lost, for example because an older backup was restored. It also contains the spending of
 * other machines, whose sidecars are elsewhere. So nothing is deleted or copied; amounts that only the sidecars know are added, per day.
 * Needs the permissions of a call: to read and write rows.
 */
import { randomBytes } from 'node:crypto';
import { toScopeKey } from '../ledger/scope-key.ts';
import { readScopes, recordSpending } from '../ledger/spendings.ts';
import { type Database, type Row, readInteger, readText, type Sql } from '../sql/sql.ts';
import type { ArtifactReader } from '../storage/artifact-storage.ts';
import { readSidecars } from '../storage/walk.ts';
import { scopesOf } from './repair-ledger.ts';

/** The spending of one day, provider, model and project. */
interface Sum {
  readonly at: string;
  readonly provider: string;
  readonly model: string;
  readonly scopes: readonly string[];
  readonly micros: number;
  readonly images: number;
}

/** The ids of added entries begin with this and the time of the repair, so that they can be told from those of calls. */
const REPAIR_PREFIX = 'repair-';

export async function repairSharedLedger(
  ledger: Database,
  storage: ArtifactReader,
  now: () => number,
): Promise<{ readonly spendings: number }> {
  const fromSidecars = await sumsOfSidecars(storage);
  const prefix = `${REPAIR_PREFIX}${now()}-`;
  const spendings = await ledger.transaction(async (sql) => {
    // In the order in which all other transactions lock them.
    await sql.run('LOCK TABLE spendings IN SHARE ROW EXCLUSIVE MODE');
    await sql.run('LOCK TABLE scopes IN SHARE ROW EXCLUSIVE MODE');
    const known = await sumsOfLedger(sql);
    let added = 0;
    for (const [key, sum] of fromSidecars) {
      const before = known.get(key);
      const micros = sum.micros - (before?.micros ?? 0);
      if (micros <= 0) continue;
      const images = Math.max(sum.images - (before?.images ?? 0), 1);
      await recordSpending(sql, {
        ...sum,
        id: `${prefix}${randomBytes(16).toString('hex')}`,
        micros,
        images,
        state: 'spent',
      });
      added++;
    }
    await recomputeScopes(sql);
    return added;
  });
  return { spendings };
}

async function sumsOfSidecars(storage: ArtifactReader): Promise<ReadonlyMap<string, Sum>> {
  const sums = new Map<string, Sum>();
  for await (const { folder, sidecars } of storage.walk()) {
    for await (const { reading } of readSidecars(storage, folder, sidecars)) {
      if (reading.kind !== 'sidecar' || reading.sidecar.imported) continue;
      const { createdAt: at, provider, model, cost } = reading.sidecar;
      const micros = Math.max(Math.round((cost.usd ?? 0) * 1e6), 0);
      add(sums, { at, provider, model, scopes: scopesOf(reading.sidecar), micros, images: 1 });
    }
  }
  return sums;
}

async function sumsOfLedger(sql: Sql): Promise<ReadonlyMap<string, Sum>> {
  const rows = await sql.all(
    `SELECT SUBSTR(at, 1, 10) AS day, provider, model, scopes, SUM(micros) AS micros, SUM(images) AS images
     FROM spendings WHERE state <> 'released' GROUP BY SUBSTR(at, 1, 10), provider, model, scopes`,
  );
  const sums = new Map<string, Sum>();
  for (const row of rows) add(sums, toSum(row));
  return sums;
}

const toSum = (row: Row): Sum => ({
  at: readText(row, 'day'),
  provider: readText(row, 'provider'),
  model: readText(row, 'model'),
  scopes: readScopes(row),
  micros: readInteger(row, 'micros'),
  images: readInteger(row, 'images'),
});

function add(sums: Map<string, Sum>, sum: Sum): void {
  // The ledger has a long name as its key, and a sidecar has it as it was given.
  const project = sum.scopes.map(toScopeKey).find((name) => name.startsWith('project '));
  const key = JSON.stringify([sum.at.slice(0, 10), sum.provider, sum.model, project]);
  const before = sums.get(key);
  const { micros = 0, images = 0 } = before ?? {};
  sums.set(key, { ...(before ?? sum), micros: micros + sum.micros, images: images + sum.images });
}

/** Computes the sums of all scopes from the entries. */
async function recomputeScopes(sql: Sql): Promise<void> {
  const taken = new Map<string, number>();
  for (const row of await sql.all('SELECT scopes, SUM(micros) AS micros FROM spendings GROUP BY scopes')) {
    for (const name of readScopes(row)) taken.set(name, (taken.get(name) ?? 0) + readInteger(row, 'micros'));
  }
  await sql.run('DELETE FROM scopes');
  for (const [name, micros] of taken) {
    await sql.run('INSERT INTO scopes (name, taken_micros) VALUES (?, ?)', name, micros);
  }
}
