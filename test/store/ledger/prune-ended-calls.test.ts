/** Records of calls that ended long ago are removed, the same in a file and in PostgreSQL. */
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createJobRecords } from '../../../src/manager/jobs/job-records.ts';
import { createStore, type Store } from '../../../src/store/index.ts';
import { withPruning } from '../../../src/store/ledger/prune-ended-calls.ts';
import { openSqlite } from '../../../src/store/sql/sqlite.ts';
import { openTestDatabase } from '../../support/postgres-server.ts';
import { schemaOf } from '../databases.ts';
import { handleOf } from '../sample-images.ts';
import { useFolder } from '../support.ts';

const database = await openTestDatabase();
const folder = useFolder();
const stores: Store[] = [];
const closeAll = async () => {
  for (const store of stores.splice(0)) await store.close();
};
afterEach(closeAll);
afterAll(database.close);

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);

describe.each(['file', 'PostgreSQL'] as const)('ended calls in a store (%s)', (where) => {
  const directory = () => join(folder(), 'images');
  /** Opens the store when so many days have passed. */
  function openAt(day: number, keepEndedJobsMs?: number) {
    const store = createStore({
      directory: directory(),
      now: () => START + day * DAY_MS,
      ...(keepEndedJobsMs !== undefined && { keepEndedJobsMs }),
      ...(where === 'PostgreSQL' && { database: { pool: database.pool, schema: schemaOf(directory()) } }),
    });
    stores.push(store);
    return store;
  }
  /** Runs statements on the tables of the closed store. */
  async function ask(...statements: readonly string[]): Promise<readonly unknown[]> {
    await closeAll();
    const rows: unknown[] = [];
    const file = where === 'file' ? await openSqlite(join(directory(), '.ai-image', 'money.db')) : undefined;
    for (const text of statements) {
      const named = text.replace(/\b(FROM|INTO|INDEX|TABLE) (calls\w*|jobs)/g, `$1 "${schemaOf(directory())}".$2`);
      rows.push(...(file ? await file.all(text) : (await database.pool.query(named)).rows));
    }
    await file?.close();
    return rows;
  }
  async function begin({ jobs }: Store, id: string, reservation = `of ${id}`) {
    await jobs.begin({ id, provider: 'p', model: 'm', reservation });
    await jobs.submitted(id, handleOf(`job of ${id}`));
  }
  const end = { state: 'done', micros: 1, basis: 'reported' } as const;
  const settlement = { charged: false, by: 'ada', at: '2026-01-01T00:00:00.000Z' };
  const idsOf = async ({ jobs }: Store) => (await jobs.list()).map(({ id }) => id).toSorted();

  it('are removed with their jobs when a later call ends after 30 days, however they ended', async () => {
    const store = openAt(0);
    for (const id of ['done', 'failed', 'settled', 'with job', 'open', 'unknown']) await begin(store, id);
    await store.jobs.end('done', 'done');
    await store.jobs.end('failed', 'failed');
    await store.jobs.settle('settled', settlement);
    await store.jobs.endJob('with job', 'job of with job', end);
    await store.jobs.end('unknown', 'unknown');

    const before = openAt(29);
    await begin(before, 'later');
    await before.jobs.end('later', 'done');
    expect(await idsOf(before)).toEqual(['done', 'failed', 'later', 'open', 'settled', 'unknown', 'with job']);

    const after = openAt(31);
    await begin(after, 'last');
    await after.jobs.endJob('last', 'job of last', end);
    expect(await idsOf(after)).toEqual(['last', 'later', 'open', 'unknown']);
    expect(await after.jobs.find('job of done')).toBeUndefined();
    expect(await ask('SELECT job FROM jobs')).toHaveLength(4);
  });

  it('count from their end and not from their start, and not while a further job is open', async () => {
    const store = openAt(0);
    for (const id of ['long', 'reopened']) await begin(store, id);
    await store.jobs.end('reopened', 'done');
    await store.jobs.submitted('reopened', handleOf('further job'));
    const later = openAt(40);
    await later.jobs.end('long', 'done');
    expect(await idsOf(later)).toEqual(['long', 'reopened', 'reopened']);
  });

  it('stay as long as the setting says', async () => {
    const store = openAt(0);
    for (const id of ['one', 'two', 'three']) await begin(store, id);
    await store.jobs.end('one', 'done');
    const endless = openAt(20_000, Number.POSITIVE_INFINITY);
    await endless.jobs.end('two', 'done');
    expect(await idsOf(endless)).toEqual(['one', 'three', 'two']);
    const short = openAt(1, DAY_MS / 2);
    await short.jobs.end('three', 'done');
    expect(await idsOf(short)).toEqual(['three', 'two']);
  });

  it('stay when they failed and cost something, because no sidecar has that cost', async () => {
    const store = openAt(0);
    const reserve = async () =>
      String(await store.ledger.reserve({ micros: 100, provider: 'p', model: 'm', images: 1 }, [{ name: 'day' }]));
    const [charged, released] = [await reserve(), await reserve()];
    await begin(store, 'charged', charged);
    await begin(store, 'released', released);
    await store.ledger.recordCost(charged, 60);
    await store.ledger.release(released);
    for (const id of ['charged', 'released']) await store.jobs.end(id, 'failed');
    const later = openAt(400);
    await begin(later, 'later');
    await later.jobs.end('later', 'done');
    expect(await idsOf(later)).toEqual(['charged', 'later']);
    if (where === 'PostgreSQL') return;
    await store.close();
    await later.repairLedger();
    expect(await later.ledger.taken('day')).toBe(60);
  });

  it('of an earlier version count from the first time that this version sees them', async () => {
    const store = openAt(0);
    for (const id of ['old', 'open']) await begin(store, id);
    await store.jobs.end('old', 'done');
    await ask('DROP INDEX calls_ended', 'ALTER TABLE calls DROP COLUMN ended_at');
    for (const [day, left] of [
      [100, ['at 100', 'old', 'open']],
      [129, ['at 100', 'at 129', 'old', 'open']],
      [131, ['at 129', 'at 131', 'open']],
    ] as const) {
      const later = openAt(day);
      await begin(later, `at ${day}`);
      await later.jobs.end(`at ${day}`, 'done');
      expect(await idsOf(later)).toEqual(left);
    }
  });

  it('are removed a batch at a time, so that no call waits for all of them', async () => {
    await openAt(0).jobs.list();
    await ask(
      `INSERT INTO calls (id, provider, model, reservation, state, started_at, owner, ended_at)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 450)
       SELECT 'c' || i, 'p', 'm', 'r', 'done', '2025', '', '2025' FROM n`,
    );
    const store = openAt(0);
    const left: number[] = [];
    for (const id of ['first', 'second', 'third']) {
      await begin(store, id);
      await store.jobs.end(id, 'done');
      left.push((await idsOf(store)).length);
    }
    expect(left).toEqual([251, 52, 3]);
  });
});

it('a call ends all the same when old records cannot be removed, and the next attempt is an hour later', async () => {
  let [time, attempts] = [START, 0];
  const now = () => time;
  const ledgerDatabase = async () => {
    attempts++;
    throw new Error('the database is down');
  };
  const jobs = withPruning(createJobRecords(now), { ledgerDatabase, now, keepEndedJobsMs: 0 });
  for (const id of ['one', 'two', 'three']) {
    await jobs.begin({ id, provider: 'p', model: 'm', reservation: 'r' });
    await jobs.submitted(id, handleOf(`job of ${id}`));
  }
  await jobs.end('one', 'done');
  await jobs.end('two', 'done');
  expect([(await jobs.find('one'))?.state, attempts]).toEqual(['done', 1]);
  time += 3_600_000;
  await jobs.endJob('three', 'job of three', { state: 'done', basis: 'reported' });
  expect([(await jobs.find('three'))?.state, attempts]).toEqual(['done', 2]);
});

it.each([-1, Number.NaN, '30 days'])('refuses to keep ended jobs for %o', (keepEndedJobsMs) => {
  expect(() => createStore({ directory: 'images', keepEndedJobsMs } as never)).toThrow(
    expect.objectContaining({ code: 'not_configured', message: expect.stringContaining('keepEndedJobsMs') }),
  );
});
