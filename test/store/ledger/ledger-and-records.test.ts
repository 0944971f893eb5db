/** The rules of ledger and job records, the same in memory, in a file and in PostgreSQL. */
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createImageManager } from '../../../src/index.ts';
import { createLedger } from '../../../src/manager/index.ts';
import { createJobRecords } from '../../../src/manager/jobs/job-records.ts';
import {
  createStore,
  type JobRecords,
  type Ledger,
  type Settlement,
  type SpendingBasis,
} from '../../../src/store/index.ts';
import { openSqlite } from '../../../src/store/sql/sqlite.ts';
import { closeServers } from '../../faults/hostile-server.ts';
import { finished, jobProvider, startJobServer } from '../../faults/job-vendor.ts';
import { openTestDatabase } from '../../support/postgres-server.ts';
import { schemaOf } from '../databases.ts';
import { handleOf, saved } from '../sample-images.ts';
import { useFolder } from '../support.ts';

const database = await openTestDatabase();
const folder = useFolder();
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(async () => {
  await closeServers();
  await database.close();
});

interface Books {
  readonly ledger: Ledger;
  readonly jobs: JobRecords;
}

function openStore(where: 'file' | 'PostgreSQL') {
  const directory = join(folder(), 'images');
  const store = createStore({
    directory,
    ...(where === 'PostgreSQL' && { database: { pool: database.pool, schema: schemaOf(directory) } }),
  });
  closing.push(() => store.close());
  return store;
}

const kinds: readonly { readonly name: string; readonly open: () => Books }[] = [
  { name: 'in memory', open: () => ({ ledger: createLedger(), jobs: createJobRecords(Date.now) }) },
  { name: 'in a file', open: () => openStore('file') },
  { name: 'in PostgreSQL', open: () => openStore('PostgreSQL') },
];

const spending = { micros: 100, provider: 'p', model: 'm', images: 1 };
const scopes = [{ name: 'day' }, { name: 'month' }];
const call = (id: string) => ({ id, provider: 'p', model: 'm', reservation: `of ${id}` });
const lastAttempt = { at: '2026-11-25T12:00:00.000Z', code: 'timeout', message: 'no answer' };
const settlement: Settlement = { charged: true, usd: 0.04, by: 'ada', at: '2026-11-25T12:00:00.000Z' };

/** Some thousand changes on a busy disk: finds a test that hangs, not a slow machine. */
const THOUSANDS_MS = 600_000;
const LANES = 8;

/** Several at a time, because each change waits for the database. */
async function forEachInLanes(count: number, work: (at: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < count; at = next++) await work(at);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

describe.each(kinds)('a ledger $name', ({ open }) => {
  type Update = readonly [
    kind: SpendingBasis | 'minimum' | 'release' | 'release by a person',
    micros?: number | undefined,
  ];
  const cost = (micros?: number, basis?: SpendingBasis): Update => [basis ?? 'reported', micros];
  const release = ['release'] as const;

  it.each<readonly [title: string, updates: readonly Update[], taken: number]>([
    ['a reservation counts as spent', [], 100],
    ['an estimate replaces a reservation', [cost(80, 'estimated')], 80],
    ['the real amount replaces a lower estimate', [cost(80, 'estimated'), cost(4_000)], 4_000],
    ['the real amount replaces a higher estimate', [cost(80, 'estimated'), cost(3)], 3],
    ['the first real amount counts', [cost(70), cost(4_000)], 70],
    ['an estimate does not replace the real amount', [cost(70), cost(90, 'estimated')], 70],
    ['the higher of two estimates counts', [cost(70, 'estimated'), cost(90, 'estimated'), cost(80, 'estimated')], 90],
    ['a person’s amount replaces a reservation', [cost(60, 'settled')], 60],
    ['settling without an amount keeps the reserved amount', [cost(undefined, 'settled')], 100],
    ['the first amount of a person counts', [cost(60, 'settled'), cost(90, 'settled'), ['release by a person']], 60],
    ['an amount of the provider replaces a person’s amount', [cost(60, 'settled'), cost(90)], 90],
    ['an estimate does not replace a person’s amount', [cost(60, 'settled'), cost(90, 'estimated')], 60],
    ['a release removes the reservation', [release], 0],
    ['a release after the real amount changes nothing', [cost(70), release], 70],
    ['a release after an estimate counts', [cost(70, 'estimated'), release], 0],
    ['an image that arrives after a release counts', [release, cost(70)], 70],
    [
      'an image that arrives after a person released its reservation counts',
      [['release by a person'], cost(undefined, 'estimated')],
      100,
    ],
    [
      'a minimum raises a reservation',
      [
        ['minimum', 4_000],
        ['minimum', 50],
      ],
      4_000,
    ],
    ['a minimum never lowers a reservation, and leaves it open', [['minimum', 40], cost(70)], 70],
  ])('%s', async (_, updates, taken) => {
    const { ledger } = open();
    const id = String(await ledger.reserve(spending, scopes));
    for (const [kind, micros] of updates) {
      // Each call is repeated, as after a lost answer.
      for (let time = 1; time <= 2; time++) {
        if (kind === 'release') await ledger.release(id);
        else if (kind === 'release by a person') await ledger.release(id, 'settled');
        else if (kind === 'minimum') await ledger.raiseReservation(id, micros ?? 0);
        else await ledger.recordCost(id, micros, kind);
      }
    }
    expect([await ledger.taken('day'), await ledger.taken('month')]).toEqual([taken, taken]);
  });

  it('moves a part of a reservation to a new entry and keeps the sum', async () => {
    const { ledger } = open();
    const id = String(await ledger.reserve({ ...spending, images: 3 }, scopes));
    const part = await ledger.split(id, { micros: 34, images: 1 });
    expect([await ledger.taken('day'), await ledger.taken('month')]).toEqual([100, 100]);
    await ledger.release(part);
    expect(await ledger.taken('day')).toBe(66);
    const all = await ledger.split(id, { micros: 500, images: 2 });
    await ledger.recordCost(id, 7);
    await ledger.recordCost(all, undefined, 'estimated');
    const late = await ledger.split(id, { micros: 5, images: 1 });
    expect([await ledger.taken('day'), late === id]).toEqual([73, false]);
  });

  it('counts concurrent updates of one entry once', async () => {
    const { ledger } = open();
    const ids = await Promise.all(Array.from({ length: 5 }, () => ledger.reserve(spending, scopes)));
    const recordAll = (id: string) => [
      ledger.recordCost(id, 80, 'estimated'),
      ledger.recordCost(id, 70),
      ledger.recordCost(id, 60, 'settled'),
      ledger.recordCost(id, 70),
    ];
    await Promise.all(ids.flatMap((id) => recordAll(String(id))));
    expect(await ledger.taken('day')).toBe(5 * 70);
  });
});

describe.each(kinds)('job records $name', ({ open }) => {
  it(
    'list open jobs and unknown calls that are older than 1,100 ended ones',
    async () => {
      const { jobs } = open();
      await jobs.begin(call('open'));
      await jobs.submitted('open', handleOf('open job'));
      await jobs.begin(call('unknown'));
      await jobs.end('unknown', 'unknown');
      await new Promise((done) => setTimeout(done, 5));
      await forEachInLanes(1_100, async (at) => {
        await jobs.begin(call(`c${at}`));
        await jobs.submitted(`c${at}`, handleOf(`j${at}`));
        await jobs.end(`c${at}`, at % 2 === 0 ? 'done' : 'failed');
      });
      const all = await jobs.list();
      expect(
        all
          .filter(({ state }) => state !== 'done' && state !== 'failed')
          .map(({ id }) => id)
          .sort(),
      ).toEqual(['open', 'unknown']);
      expect(all).toHaveLength(1_002);
      const times = all.map(({ startedAt }) => startedAt);
      expect(times).toEqual(times.toSorted().reverse());
      expect(await jobs.find('open job')).toMatchObject({ id: 'open', state: 'running' });
    },
    THOUSANDS_MS,
  );

  it('store why a job is still open', async () => {
    const { jobs } = open();
    await jobs.begin(call('c1'));
    await jobs.submitted('c1', handleOf('j1'));
    await jobs.submitted('c1', handleOf('j2'));
    await jobs.leaveOpen('c1', lastAttempt, 'j2');
    await jobs.begin(call('c2'));
    await jobs.end('c2', 'unknown');
    await jobs.leaveOpen('c2', { ...lastAttempt, code: 'outcome_unknown' });
    const found = await jobs.list();
    const reasonOf = (id: string) => found.find((each) => (each.handle?.id ?? each.id) === id)?.lastAttempt;
    expect([reasonOf('j1'), reasonOf('j2'), reasonOf('c2')]).toEqual([
      undefined,
      lastAttempt,
      { ...lastAttempt, code: 'outcome_unknown' },
    ]);
    expect(found.map(({ state }) => state).sort()).toEqual(['running', 'running', 'unknown']);
  });

  it('end a call with its last job and sum the cost of its jobs, each once', async () => {
    const { jobs } = open();
    await jobs.begin(call('c1'));
    for (const id of ['j1', 'j2', 'j3']) await jobs.submitted('c1', handleOf(id));
    const end = { state: 'done', micros: 40, basis: 'reported' } as const;
    expect(await jobs.endJob('c1', 'j1', end)).toEqual({ isOver: false, micros: 40, basis: 'reported' });
    expect(await jobs.endJob('c1', 'j1', { ...end, micros: 90 })).toMatchObject({ micros: 40 });
    expect((await jobs.find('j1'))?.state).toBe('done');
    expect((await jobs.find('j2'))?.state).toBe('running');
    await jobs.endJob('c1', 'j2', { state: 'failed', micros: 0, basis: 'reported' });
    expect(await jobs.endJob('c1', 'j3', { ...end, micros: 2, basis: 'estimated' })).toEqual({
      isOver: true,
      micros: 42,
      basis: 'estimated',
    });
    expect((await jobs.list()).map(({ handle, state }) => `${handle?.id} ${state}`).sort()).toEqual([
      'j1 done',
      'j2 failed',
      'j3 done',
    ]);
  });

  it('have no sum when the cost of one job is unknown', async () => {
    const { jobs } = open();
    await jobs.begin(call('c1'));
    for (const id of ['j1', 'j2']) await jobs.submitted('c1', handleOf(id));
    await jobs.endJob('c1', 'j1', { state: 'failed', basis: 'reported' });
    const sum = await jobs.endJob('c1', 'j2', { state: 'done', micros: 40, basis: 'reported' });
    expect(sum).toMatchObject({ isOver: true, micros: undefined });
  });

  it('report the end of the call to one of two jobs that end at the same time', async () => {
    const { jobs } = open();
    for (let round = 0; round < 10; round++) {
      const id = `c${round}`;
      await jobs.begin(call(id));
      for (const job of ['j1', 'j2']) await jobs.submitted(id, handleOf(`${job} of ${id}`));
      const end = { state: 'done', micros: 1, basis: 'reported' } as const;
      const sums = await Promise.all(['j1', 'j2'].map((job) => jobs.endJob(id, `${job} of ${id}`, end)));
      expect(sums.filter(({ isOver }) => isOver)).toHaveLength(1);
    }
  });

  it('refuse an id that another call has, also after its end, and take the same call twice', async () => {
    const { jobs } = open();
    expect(await jobs.begin(call('c1'))).toBe(true);
    expect(await jobs.begin({ ...call('c1'), reservation: 'of another' })).toBe(false);
    await jobs.end('c1', 'done', { artifacts: ['a1'] });
    expect(await jobs.begin({ ...call('c1'), reservation: 'of another' })).toBe(false);
    expect(await jobs.find('c1')).toMatchObject({ reservation: 'of c1', state: 'done', artifacts: ['a1'] });
  });

  it('find an ended call without a job, which is not listed', async () => {
    const { jobs } = open();
    await jobs.begin({ ...call('done'), request: 'hash' });
    await jobs.end('done', 'done', { artifacts: ['a1', 'a2'] });
    await jobs.begin(call('failed'));
    await jobs.end('failed', 'failed', { charged: 'no', error: lastAttempt });
    expect(await jobs.list()).toEqual([]);
    const endedAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string;
    expect(await jobs.find('done')).toMatchObject({ state: 'done', artifacts: ['a1', 'a2'], request: 'hash', endedAt });
    expect(await jobs.find('failed')).toMatchObject({ state: 'failed', charged: 'no', lastAttempt, endedAt });
    await jobs.submitted('failed', handleOf('a late job'));
    expect(await jobs.list()).toMatchObject([{ id: 'failed', state: 'running' }]);
  });

  it('find all submits of a call in their order, and none of another call', async () => {
    const { jobs } = open();
    for (const id of ['call-of-a', 'call-of-a-10', 'call-of-a-2', 'call-of-b', 'call-of-a-b', 'call-of-a-12345']) {
      await jobs.begin(call(id));
    }
    expect((await jobs.findCall('call-of-a')).map(({ id }) => id)).toEqual([
      'call-of-a',
      'call-of-a-2',
      'call-of-a-10',
    ]);
    expect(await jobs.findCall('call-of')).toEqual([]);
  });

  it('collect the images of all jobs of a call', async () => {
    const { jobs } = open();
    await jobs.begin(call('c1'));
    for (const id of ['j1', 'j2']) await jobs.submitted('c1', handleOf(id));
    for (const id of ['j1', 'j2']) {
      await jobs.endJob('c1', id, { state: 'done', micros: 1, basis: 'reported', artifacts: [`image of ${id}`] });
    }
    expect((await jobs.findCall('c1')).map(({ artifacts }) => artifacts)).toEqual(
      Array.from({ length: 2 }, () => ['image of j1', 'image of j2']),
    );
  });

  it('keep the first settlement of a person, and refuse one about an ended call', async () => {
    const { jobs } = open();
    await jobs.begin(call('c1'));
    await jobs.end('c1', 'unknown');
    const others = ['ben', 'cleo'].map((by) => ({ ...settlement, by, charged: false }));
    expect(await jobs.settle('c1', settlement)).toEqual(settlement);
    expect(await Promise.all(others.map((other) => jobs.settle('c1', other)))).toEqual([settlement, settlement]);
    expect(await jobs.find('c1')).toMatchObject({ state: 'failed', settlement });
    await jobs.begin(call('c2'));
    await jobs.submitted('c2', handleOf('j2'));
    await jobs.end('c2', 'done');
    expect([await jobs.settle('c2', settlement), await jobs.settle('nobody', settlement)]).toEqual([
      undefined,
      undefined,
    ]);
    expect((await jobs.find('c2'))?.settlement).toBeUndefined();
  });
});

describe.each(['file', 'PostgreSQL'] as const)('a job in a store (%s)', (where) => {
  it('that a running process left open can be fetched by another one', async () => {
    const [server, other] = [openStore(where), openStore(where)];
    await server.jobs.begin(call('c1'));
    await server.jobs.submitted('c1', handleOf('j1'));
    expect(await other.jobs.find('j1')).toMatchObject({ isHeld: true });
    expect(await other.jobs.claim('c1')).toBe(false);
    await server.jobs.leaveOpen('c1', lastAttempt, 'j1');
    expect(await other.jobs.find('j1')).toMatchObject({ isHeld: false, lastAttempt });
    expect(await other.jobs.claim('c1')).toBe(true);
    expect(await server.jobs.claim('c1')).toBe(false);
  });

  it('and its ledger entry can be read when an earlier version of the library wrote them', async () => {
    const before = openStore(where);
    const id = String(await before.ledger.reserve(spending, scopes));
    await before.jobs.begin({ ...call('c1'), reservation: id });
    await before.jobs.submitted('c1', handleOf('j1'));
    await before.close();
    const added = [
      ['spendings', 'promised'],
      ['calls', 'last_try'],
      ['calls', 'decision'],
      ['calls', 'ended_at'],
      ['jobs', 'state'],
      ['jobs', 'micros'],
      ['jobs', 'basis'],
      ['jobs', 'last_try'],
      ['jobs', 'prompt_hash'],
    ];
    const directory = join(folder(), 'images');
    if (where === 'file') {
      const db = await openSqlite(join(directory, '.ai-image', 'money.db'));
      await db.run('DROP INDEX calls_open');
      await db.run('DROP INDEX calls_by_time');
      await db.run('DROP INDEX calls_ended');
      await db.run('DROP INDEX jobs_by_prompt');
      for (const [table, column] of added) await db.run(`ALTER TABLE ${table} DROP COLUMN ${column}`);
      await db.close();
    } else {
      const schema = schemaOf(directory);
      await database.pool.query(`DROP INDEX "${schema}".calls_open`);
      for (const [table, column] of added)
        await database.pool.query(`ALTER TABLE "${schema}".${table} DROP COLUMN ${column}`);
    }
    const stores = [openStore(where), openStore(where)];
    const found = await Promise.all(stores.map(({ jobs }) => jobs.find('j1')));
    expect(found).toMatchObject([{ state: 'running' }, { state: 'running' }]);
    await stores[0]?.ledger.recordCost(id, 4_000, 'estimated');
    await stores[1]?.ledger.release(id);
    await stores[1]?.ledger.recordCost(id, undefined, 'estimated');
    expect(await stores[0]?.ledger.taken('day')).toBe(100);
    await stores[0]?.jobs.leaveOpen('c1', lastAttempt, 'j1');
    expect(await stores[1]?.jobs.list()).toMatchObject([{ lastAttempt }]);
    await stores[1]?.jobs.end('c1', 'done');
    await stores[0]?.delete((await saved(stores[0], { prompt: 'a red fox' })).id);
    expect((await stores[1]?.jobs.find('j1'))?.handle?.request.prompt).toMatch(/^prompt not kept/);
  });
});

it.each(['file', 'PostgreSQL'] as const)('a missing index is made when a store is opened (%s)', async (where) => {
  const directory = join(folder(), 'images');
  const schema = schemaOf(directory);
  const reopen = async () => {
    const store = openStore(where);
    await store.jobs.list();
    await store.close();
  };
  const ask = async (inFile: string, inDatabase: string) => {
    if (where === 'PostgreSQL') return (await database.pool.query(inDatabase)).rows;
    const db = await openSqlite(join(directory, '.ai-image', 'money.db'));
    return db.all(inFile).finally(() => db.close());
  };
  const names = async () =>
    (
      await ask(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'calls%' ORDER BY name",
        `SELECT indexname AS name FROM pg_indexes WHERE schemaname = '${schema}' AND indexname LIKE 'calls\\_%' AND indexname <> 'calls_pkey' ORDER BY indexname`,
      )
    ).map((row) => (row as { readonly name: string }).name);
  const all = ['calls_by_reservation', 'calls_by_time', 'calls_ended', 'calls_listed', 'calls_open'];
  await reopen();
  expect(await names()).toEqual(all);
  await ask('DROP INDEX calls_open', `DROP INDEX "${schema}".calls_open`);
  expect(await names()).toEqual(['calls_by_reservation', 'calls_by_time', 'calls_ended', 'calls_listed']);
  await reopen();
  expect(await names()).toEqual(all);
});

it.each(['file', 'PostgreSQL'] as const)(
  'resumeAll fetches an open job behind 1,100 later calls (%s)',
  async (where) => {
    const home = await startJobServer({ poll: (hit) => hit.reply(200, finished(hit)) });
    const before = openStore(where);
    await before.jobs.begin({ ...call('open'), provider: 'vendor' });
    await before.jobs.submitted('open', { ...handleOf('open job'), provider: 'jobs' });
    await forEachInLanes(1_100, async (at) => {
      await before.jobs.begin(call(`c${at}`));
      await before.jobs.end(`c${at}`, 'unknown');
    });
    await before.close();
    const images = createImageManager({ providers: { vendor: jobProvider(home) }, store: openStore(where) });
    expect(await images.jobs()).toHaveLength(1_101);
    const outcomes = await images.resumeAll();
    expect(outcomes.map(({ job }) => job.id)).toEqual(['open']);
    expect(home.submits()).toBe(0);
  },
  THOUSANDS_MS,
);

describe('a repaired ledger', () => {
  it('keeps the cost of calls without an image, and counts images by their sidecars only', async () => {
    const store = openStore('file');
    const promise = async (id: string) => {
      const reservation = String(await store.ledger.reserve(spending, [{ name: 'day 2026-11-25' }]));
      await store.jobs.begin({ ...call(id), reservation });
      await store.jobs.submitted(id, handleOf(`job of ${id}`));
      return reservation;
    };
    await store.ledger.recordCost(await promise('settled'), 60, 'settled');
    await store.jobs.settle('settled', settlement);
    await store.ledger.recordCost(await promise('in parts'), 90, 'estimated');
    await promise('open');
    await store.ledger.recordCost(await promise('done'), 1_000);
    await store.jobs.end('done', 'done');
    await saved(store, { usd: 0.001 });
    await store.repairLedger();
    expect(await store.ledger.taken('day 2026-11-25')).toBe(60 + 90 + 100);
    const [row] = (await store.usage()).filter(({ provider }) => provider === 'test');
    expect(row?.usd).toBe(0.001);
    expect(await store.jobs.find('settled')).toMatchObject({ settlement });
  });
});
