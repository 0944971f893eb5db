/** Machines with different clocks that share a database: its clock decides to which day and month a call counts. */
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { createImageManager } from '../../../src/index.ts';
import {
  createStore,
  type SqlClient,
  type SqlSession,
  type Store,
  type StoreSettings,
} from '../../../src/store/index.ts';
import { PaidProvider, small } from '../../manager/support.ts';
import { openPglite } from '../../support/pglite.ts';
import { schemaOf } from '../databases.ts';
import { useFolder } from '../support.ts';

const DAY_MS = 86_400_000;
const folder = useFolder();
const pglite = await openPglite();
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});
afterAll(() => pglite.close());

/** The last second of a month, by the clock of the database. */
let databaseTime = '2031-05-31 23:59:59Z';
const onItsClock = ({ query }: SqlClient): SqlClient => ({
  query: (text, values) => query(text.replaceAll('clock_timestamp()', `TIMESTAMPTZ '${databaseTime}'`), values),
});
const pool: SqlSession = {
  ...onItsClock({ query: (text, values) => pglite.query(text, values) }),
  transaction: (work) =>
    pglite.transaction((client) => work(onItsClock({ query: (text, values) => client.query(text, values) }))),
};

function open(name: string, more: Partial<StoreSettings> = {}): Store {
  const directory = join(folder(), name);
  const store = createStore({
    directory,
    database: { pool, schema: schemaOf(folder()), index: 'directory' },
    ...more,
  });
  stores.push(store);
  return store;
}
const codeOf = (error: unknown) => (error as { readonly code?: unknown }).code;

it.each(['perDayUsd', 'perMonthUsd'] as const)(
  'machines whose clocks are days apart share one %s, by the clock of their database',
  async (limit) => {
    databaseTime = '2031-05-31 23:59:59Z';
    const paid = new PaidProvider({ estimateUsd: 0.1 });
    const machines = [-40, -1, 0, 1, 40].map((days) => {
      const now = Date.now() + days * DAY_MS;
      return createImageManager({
        providers: { paid },
        store: open(`machine${days}`),
        clock: { now: () => performance.now(), wallNow: () => now },
        budget: { [limit]: 1 },
      });
    });
    const buy = () =>
      Promise.all(
        machines.flatMap((images) =>
          [1, 2, 3, 4].map((seed) => images.generate({ ...small, seed }).then(() => 'done', codeOf)),
        ),
      );
    expect((await buy()).filter((each) => each === 'done')).toHaveLength(10);
    const [store] = stores;
    expect(await store!.ledger.taken('day 2031-05-31')).toBe(1_000_000);
    expect(await store!.ledger.taken('month 2031-05')).toBe(1_000_000);
    expect(await store!.usage()).toMatchObject([{ day: '2031-05-31', calls: 10 }]);

    databaseTime = '2031-06-01 00:00:00Z';
    expect((await buy()).filter((each) => each === 'done')).toHaveLength(10);
    expect(await store!.ledger.taken('day 2031-06-01')).toBe(1_000_000);
    expect(paid.bought).toBe(20);
  },
);

it('a clock that the host passes to its store is used in place of that of the database', async () => {
  const store = open('own', { now: () => Date.UTC(2030, 0, 2) });
  await store.ledger.reserve({ micros: 1, provider: 'p', model: 'm', images: 1 }, []);
  expect([await store.ledger.now?.(), await store.usage()]).toMatchObject([undefined, [{ day: '2030-01-02' }]]);
});

it('a store in files has no clock of its own', async () => {
  const store = createStore({ directory: join(folder(), 'files') });
  stores.push(store);
  expect(await store.ledger.now?.()).toBeUndefined();
});
