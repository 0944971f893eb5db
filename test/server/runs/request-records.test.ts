/** Which call a request made is known as long as the ledger is: after a repair, in another database, and until the records are old. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { createRequestRecords, REPEAT_WINDOW_MS } from '../../../src/apps/server/runs/calls/request-records.ts';
import { createStore, type Store, type StoreSettings } from '../../../src/store/index.ts';
import { ledgerAccessOf } from '../../../src/store/ledger-access.ts';
import { readInteger } from '../../../src/store/sql/sql.ts';
import { schemaOf } from '../../store/databases.ts';
import { own } from '../../store/faulty-files.ts';
import { useFolder } from '../../store/support.ts';
import { openTestDatabase } from '../../support/postgres-server.ts';

const folder = useFolder();
const postgres = await openTestDatabase();
afterAll(postgres.close);

const opened: Store[] = [];
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});
const directory = () => join(folder(), 'images');
function open(database?: StoreSettings['database']): Store {
  const store = createStore({ directory: directory(), marks: 'none', ...(database && { database }) });
  opened.push(store);
  return store;
}

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 10, 30);
const keyed = (identity: string, call: string) =>
  ({ kind: 'keyed', identity, call, hash: `hash of ${identity}` }) as const;

async function countOf(store: Store): Promise<number> {
  const database = await ledgerAccessOf(store, 'the test').database();
  const [row] = await database.all('SELECT COUNT(*) AS number FROM server_requests');
  return readInteger(row!, 'number');
}

it('S23: a key finds its call after the ledger was repaired', async () => {
  const store = open();
  await createRequestRecords(store, () => START).claim(keyed('fox', 'call-1'));
  expect(await store.repairLedger()).toMatchObject({ lost: [] });
  const again = await createRequestRecords(store, () => START).claim(keyed('fox', 'call-2'));
  expect(again).toEqual({ call: 'call-1', hash: 'hash of fox', isNew: false });
});

it('S23: a repair that cannot read the old ledger says that the requests of servers are lost', async () => {
  const store = open();
  await createRequestRecords(store, () => START).claim(keyed('fox', 'call-1'));
  await store.close();
  const ledger = own(store, 'money.db');
  await writeFile(ledger, (await readFile(ledger)).fill(7));
  expect((await open().repairLedger()).lost).toContain('server_requests');
});

it('S23: a key finds its call after the store has moved to PostgreSQL', async () => {
  const store = open();
  await createRequestRecords(store, () => START).claim(keyed('fox', 'call-1'));
  await store.close();
  const moved = open({ pool: postgres.pool, schema: schemaOf(folder()) });
  const again = await createRequestRecords(moved, () => START).claim(keyed('fox', 'call-2'));
  expect(again).toEqual({ call: 'call-1', hash: 'hash of fox', isNew: false });
});

it.each(['files', 'PostgreSQL'])('removes all records that are too old, and no other, in %s', async (kind) => {
  const store = open(kind === 'files' ? undefined : { pool: postgres.pool, schema: schemaOf(folder()) });
  let now = START;
  const records = createRequestRecords(store, () => now);
  // More than one statement removes.
  const database = await ledgerAccessOf(store, 'the test').database();
  await database.transaction(async (sql) => {
    for (let at = 0; at < 1_100; at++) {
      const values = [`first ${at}`, `call-${at}`, 'hash', START + REPEAT_WINDOW_MS];
      await sql.run('INSERT INTO server_requests (identity, call, hash, expires_at) VALUES (?, ?, ?, ?)', ...values);
    }
  });
  await records.claim(keyed('fox', 'call-of-fox'));
  now += REPEAT_WINDOW_MS;
  await records.prune();
  expect(await countOf(store)).toBe(1_101);
  now += 1;
  await records.prune();
  expect(await countOf(store)).toBe(1);
  now = START + 31 * DAY_MS;
  expect(await records.claim(keyed('fox', 'another'))).toMatchObject({ call: 'call-of-fox', isNew: false });
  now += 1;
  await records.prune();
  expect(await countOf(store)).toBe(0);
});
