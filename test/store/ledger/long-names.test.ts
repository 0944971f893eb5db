/** Names of any length in the ledger: the manager limits those of callers, but older stores and other callers may have longer ones. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createStore, type Store, type StoreSettings } from '../../../src/store/index.ts';
import { openSqlite } from '../../../src/store/sql/sqlite.ts';
import { openPglite } from '../../support/pglite.ts';
import { schemaOf } from '../databases.ts';
import { saved } from '../sample-images.ts';
import { useFolder } from '../support.ts';

const folder = useFolder();
const pglite = await openPglite();
afterAll(() => pglite.close());
const stores: Store[] = [];
const close = async () => {
  for (const store of stores.splice(0)) await store.close();
};
afterEach(close);

const directory = () => join(folder(), 'pictures');
const inPostgres = (): Partial<StoreSettings> => ({ database: { pool: pglite, schema: schemaOf(folder()) } });
function open(settings: Partial<StoreSettings> = {}): Store {
  const store = createStore({ directory: directory(), ...settings });
  stores.push(store);
  return store;
}
const spending = { micros: 100, provider: 'p', model: 'm', images: 1 };
/** Random, because PostgreSQL compresses before it compares with the limit of an index. */
const longName = (kind: string, length: number) =>
  `${kind} ${randomBytes(length).toString('base64url').slice(0, length)}`;

describe.each([
  ['in files', () => open()],
  ['in PostgreSQL', () => open(inPostgres())],
] as const)('a ledger %s', (where, openStore) => {
  it.each([256, 600, 4_000, 9_000])(
    `counts under a name of %i characters ${where}, up to its limit`,
    async (length) => {
      const store = openStore();
      const [name, other] = [longName('project', length), longName('project', length)];
      const limited = [{ name, limitMicros: 250 }, { name: other }];
      const ids = [await store.ledger.reserve(spending, limited), await store.ledger.reserve(spending, limited)];
      expect(await store.ledger.reserve(spending, limited)).toEqual({
        scope: { name, limitMicros: 250 },
        takenMicros: 200,
      });
      await store.ledger.recordCost(String(ids[0]), 70);
      await store.ledger.release(String(ids[1]));
      expect([await store.ledger.taken(name), await store.ledger.taken(other)]).toEqual([70, 70]);
      expect(await store.ledger.taken(name.slice(0, -1))).toBe(0);
    },
  );
});

it('a ledger file with a long name moves to PostgreSQL with all its sums', async () => {
  const name = longName('project', 4_000);
  const before = open();
  await before.ledger.reserve(spending, [{ name }]);
  await close();
  // As an earlier version wrote it.
  const file = await openSqlite(join(directory(), '.ai-image', 'money.db'));
  await file.run('UPDATE spendings SET scopes = ?', JSON.stringify([name]));
  await file.run('UPDATE scopes SET name = ?', name);
  await file.close();
  expect(await open(inPostgres()).ledger.taken(name)).toBe(100);
});

it('sidecars with a long project or a forged time are added once when a ledger in PostgreSQL is repaired', async () => {
  const store = open(inPostgres());
  const costCenter = longName('website', 4_000);
  const { path } = await saved(store, { usd: 0.25 }, { request: { metadata: { costCenter } } });
  const sidecar = JSON.parse(await readFile(path.replace('.png', '.json'), 'utf8')) as object;
  const forged = { ...sidecar, id: 'forged-00', file: 'forged.png', createdAt: longName('2026-11-25', 9_000) };
  await writeFile(join(directory(), 'forged.json'), JSON.stringify(forged));
  expect(await store.repairLedger()).toMatchObject({ spendings: 2 });
  expect(await store.repairLedger()).toMatchObject({ spendings: 0 });
  expect(await store.ledger.taken(`project ${costCenter}`)).toBe(500_000);
});
