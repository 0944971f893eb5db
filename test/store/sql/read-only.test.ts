/** Databases that are read-only: by their settings, or because another server is the one to write to. */
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createStore, type DatabaseOptions, type Store } from '../../../src/store/index.ts';
import { openPglite } from '../../support/pglite.ts';
import { schemaOf } from '../databases.ts';
import { poolOn, sqlError, type Trouble } from '../pools.ts';
import { handleOf, saved } from '../sample-images.ts';
import { useFolder } from '../support.ts';

const folder = useFolder();
const pglite = await openPglite();
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  await pglite.exec('SET default_transaction_read_only = off');
});
afterAll(() => pglite.close());

const scopes = [{ name: 'day' }];
const spending = { micros: 100, provider: 'p', model: 'm', images: 1 };
function open(pool: NonNullable<DatabaseOptions['pool']>, more: DatabaseOptions = {}): Store {
  const store = createStore({
    directory: join(folder(), 'pictures'),
    database: { pool, schema: schemaOf(folder()), ...more },
  });
  stores.push(store);
  return store;
}

/** Writes to every table, and reads what it wrote. */
async function useEverything(store: Store): Promise<void> {
  const reservation = String(await store.ledger.reserve(spending, scopes));
  await store.jobs.begin({ id: 'call', provider: 'p', model: 'm', reservation });
  await store.jobs.submitted('call', handleOf('job'));
  const { id } = await saved(store);
  await store.keep(id);
  await store.tag(id, ['fox']);
  await saved(store, {}, { parents: [id] });
  await store.ledger.recordCost(reservation, 70);
  await store.jobs.end('call', 'done');
  await store.reindex();
  await store.repairLedger();
  await store.delete(id);
  expect(await store.jobs.find('job')).toMatchObject({ state: 'done' });
  expect(await store.ledger.taken('day')).toBe(70);
  expect(await store.search()).toHaveLength(1);
}

describe.each([
  ['a pool', () => poolOn(pglite)],
  ['a session', () => pglite],
] as const)('with %s', (client, connect) => {
  it(`every write succeeds through ${client} although transactions are read-only by default`, async () => {
    await pglite.exec('SET default_transaction_read_only = on');
    const store = open(connect());
    await store.preflight();
    await useEverything(store);
    await store.close();
  });
});

/** What a standby answers, until it is promoted. */
function standby(trouble: Trouble, answers: number): void {
  let left = answers;
  trouble.before = (text) => {
    if (left <= 0) return;
    const isWrite = /^(?:INSERT|UPDATE|DELETE|CREATE|ALTER)/.test(text);
    if (!isWrite && !text.startsWith('BEGIN')) return;
    left--;
    throw isWrite
      ? sqlError('25006', 'cannot execute in a read-only transaction')
      : sqlError('0A000', 'cannot set transaction read-write mode during recovery');
  };
}

it('every write waits until a standby is promoted, on a connection that is made after that', async () => {
  const trouble: Trouble = {};
  const pool = poolOn(pglite, trouble);
  const store = open(pool);
  await store.preflight();
  const writes: readonly (() => Promise<unknown>)[] = [
    () => store.ledger.reserve(spending, scopes),
    () => store.jobs.begin({ id: 'call', provider: 'p', model: 'm', reservation: 'r' }),
    () => store.jobs.end('call', 'failed'),
    () => saved(store),
  ];
  for (const write of writes) {
    standby(trouble, 2);
    pool.released.length = 0;
    await write();
    expect(pool.released.filter((isClosed) => isClosed)).toHaveLength(2);
  }
  delete trouble.before;
  expect(await store.search()).toHaveLength(1);
});

it('a standby that is not promoted in time is named before anything is sent, also when a store is opened', async () => {
  const trouble: Trouble = {};
  const store = open(poolOn(pglite, trouble), { timeoutMs: 200 });
  standby(trouble, Number.POSITIVE_INFINITY);
  const says = { code: 'storage_failed', charged: 'no', message: expect.stringContaining('it is read-only') };
  await expect(store.preflight()).rejects.toMatchObject(says);
  delete trouble.before;
  await store.preflight();
  standby(trouble, Number.POSITIVE_INFINITY);
  await expect(store.ledger.reserve(spending, scopes)).rejects.toMatchObject(says);
  delete trouble.before;
});
