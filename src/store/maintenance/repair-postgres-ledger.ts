/**
 * Makes good what a ledger in PostgreSQL has lost, e.g. since it comes from an older copy. Others' spending is in it too, whose sidecars
 * stand elsewhere: so nothing is taken away, and what sidecars know is added where it lacks it, day by day.
 */
import { randomBytes } from 'node:crypto';
import { readNames, recordSpending } from '../ledger/ledger.ts';
import { type Database, type Row, type Sql, text, whole } from '../sql/sql.ts';
import type { ArtifactReader } from '../storage/artifact-storage.ts';
import { readSidecars } from '../storage/walk.ts';
import { scopesOf } from './repair-ledger.ts';

/** What a day, a provider, a model and a project came to. */
interface Sum {
  readonly at: string;
  readonly provider: string;
  readonly model: string;
  readonly scopes: readonly string[];
  readonly micros: number;
  readonly images: number;
}

export async function repairSharedLedger(
  money: Database,
  shelf: ArtifactReader,
  { schema, now }: { readonly schema: string; readonly now: () => number },
): Promise<{ readonly spendings: number; readonly old: string }> {
  const kept = await sumsOfSidecars(shelf);
  const old = `spendings_before_${now()}`;
  const spendings = await money.transaction(async (sql) => {
    // In this order, as everybody takes them.
    await sql.run('LOCK TABLE spendings IN SHARE ROW EXCLUSIVE MODE');
    await sql.run('LOCK TABLE scopes IN SHARE ROW EXCLUSIVE MODE');
    await sql.run(`CREATE TABLE IF NOT EXISTS "${schema}".${old} AS SELECT * FROM spendings`);
    const known = await sumsOfLedger(sql);
    let added = 0;
    for (const [key, sum] of kept) {
      const before = known.get(key);
      const micros = sum.micros - (before?.micros ?? 0);
      if (micros <= 0) continue;
      const images = Math.max(sum.images - (before?.images ?? 0), 1);
      await recordSpending(sql, { ...sum, id: randomBytes(16).toString('hex'), micros, images, state: 'spent' });
      added++;
    }
    await countAgain(sql);
    return added;
  });
  return { spendings, old: `${schema}.${old}` };
}

async function sumsOfSidecars(shelf: ArtifactReader): Promise<ReadonlyMap<string, Sum>> {
  const sums = new Map<string, Sum>();
  for await (const { folder, sidecars } of shelf.walk()) {
    for await (const { reading } of readSidecars(shelf, folder, sidecars)) {
      if (reading.kind !== 'sidecar') continue;
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
  at: text(row, 'day'),
  provider: text(row, 'provider'),
  model: text(row, 'model'),
  scopes: readNames(row),
  micros: whole(row, 'micros'),
  images: whole(row, 'images'),
});

function add(sums: Map<string, Sum>, sum: Sum): void {
  const project = sum.scopes.find((name) => name.startsWith('project '));
  const key = JSON.stringify([sum.at.slice(0, 10), sum.provider, sum.model, project]);
  const before = sums.get(key);
  const { micros = 0, images = 0 } = before ?? {};
  sums.set(key, { ...(before ?? sum), micros: micros + sum.micros, images: images + sum.images });
}

/** The sums by what they are made of. */
async function countAgain(sql: Sql): Promise<void> {
  const taken = new Map<string, number>();
  for (const row of await sql.all('SELECT scopes, SUM(micros) AS micros FROM spendings GROUP BY scopes')) {
    for (const name of readNames(row)) taken.set(name, (taken.get(name) ?? 0) + whole(row, 'micros'));
  }
  await sql.run('DELETE FROM scopes');
  for (const [name, micros] of taken) {
    await sql.run('INSERT INTO scopes (name, taken_micros) VALUES (?, ?)', name, micros);
  }
}
