/**
 * Behaviour of a database that several machines share. Always runs on PGlite. With DATABASE_URL, which names a database where schemas may
 * be created and dropped, it also runs on that server, together with the store's own tests and with many processes.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect, promisify } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { createImageManager } from '../../../src/index.ts';
import {
  createStore,
  type DatabaseSettings,
  type SqlClient,
  type Store,
  type StoreSettings,
} from '../../../src/store/index.ts';
import { openSqlite } from '../../../src/store/sql/sqlite.ts';
import { CATALOG_SCHEMA, LEDGER_SCHEMA } from '../../../src/store/sql/tables.ts';
import { closeServers, freePort, until } from '../../faults/hostile-server.ts';
import { finished, jobProvider, startJobServer } from '../../faults/job-vendor.ts';
import { failure } from '../../faults/support.ts';
import { openPglite } from '../../support/pglite.ts';
import { startStopwatch } from '../../support/stopwatch.ts';
import { schemaOf, useDatabase } from '../databases.ts';
import { poolOn, sqlError, type Trouble } from '../pools.ts';
import { linesOf, useChildren } from '../processes.ts';
import { handleOf, saved } from '../sample-images.ts';
import { importStoreSuites } from '../store-suites.ts';
import { publicFiles, useFolder } from '../support.ts';
import { watchedFiles } from '../watched-files.ts';

const { DATABASE_URL } = process.env;
const pglite = await openPglite();
const server = DATABASE_URL === undefined ? undefined : new pg.Pool({ connectionString: DATABASE_URL, max: 4 });

const folder = useFolder();
const stores: Store[] = [];
const closing = async () => {
  for (const store of stores.splice(0)) await store.close();
};
afterEach(closing);
afterAll(async () => {
  await closeServers();
  await server?.query(
    `DO $$ DECLARE name TEXT; BEGIN
       FOR name IN SELECT nspname FROM pg_namespace WHERE nspname LIKE 'test\\_%' LOOP EXECUTE 'DROP SCHEMA ' || name || ' CASCADE'; END LOOP;
     END $$`,
  );
  await server?.end();
  await pglite.close();
});

const schema = () => schemaOf(folder());
const directory = () => join(folder(), 'pictures');
function openWith(database: DatabaseSettings, settings: Partial<StoreSettings> = {}): Store {
  const store = createStore({ directory: directory(), database, ...settings });
  stores.push(store);
  return store;
}

const spending = { micros: 100, provider: 'p', model: 'm', images: 1 };
const call = (id: string, reservation = 'r') => ({ id, provider: 'vendor', model: 'm', reservation });
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

const databases: readonly { readonly name: string; readonly client: SqlClient; readonly settings: DatabaseSettings }[] =
  [
    { name: 'PGlite', client: pglite, settings: { pool: pglite } },
    { name: 'a pool of one connection', client: pglite, settings: { pool: poolOn(pglite) } },
    ...(server ? [{ name: 'a server', client: server, settings: { url: DATABASE_URL } }] : []),
    ...(server ? [{ name: "a host's pool", client: server, settings: { pool: server } }] : []),
  ];

it('does not take over the ledger of a directory while another process uses it', async () => {
  const before = createStore({ directory: directory() });
  const promised = await before.ledger.reserve(spending, [{ name: 'day' }]);
  const store = openWith({ pool: pglite, schema: schema() });
  // It waits for the other process as long as for a database file, 15 seconds, on a clock that runs faster.
  vi.useFakeTimers({ toFake: ['performance'] });
  const faster = setInterval(() => vi.advanceTimersByTime(1_000), 10);
  try {
    await expect(store.preflight()).rejects.toMatchObject({
      code: 'storage_failed',
      message: expect.stringMatching(/still uses/),
    });
  } finally {
    clearInterval(faster);
    vi.useRealTimers();
  }
  expect(await before.ledger.taken('day')).toBe(100);
  await before.ledger.release(String(promised));
  await before.close();
});

describe.each(databases)('on $name', ({ client, settings }) => {
  const open = (more: object = {}, of: Partial<StoreSettings> = {}) =>
    openWith({ ...settings, schema: schema(), ...more }, of);
  const ask = async (text: string, ...values: unknown[]) =>
    (await client.query(text, values)).rows as readonly Readonly<Record<string, unknown>>[];

  it('has the same columns as the files, in tables that the first of many processes creates once', async () => {
    await Promise.all(Array.from({ length: 6 }, (_, at) => open({}, { directory: `${directory()}${at}` }).usage()));
    const rows = await ask(
      'SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = $1',
      schema(),
    );
    const own = ['facts', 'owners'];
    const there = rows.map((row) => `${row.table_name}.${row.column_name}`);
    const file = await openSqlite(join(folder(), 'x.db'), CATALOG_SCHEMA + LEDGER_SCHEMA);
    const inFile = await file.all(
      "SELECT m.name || '.' || c.name AS name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'",
    );
    await file.close();
    expect(there.filter((name) => !own.includes(name.split('.')[0]!)).sort()).toEqual(
      inFile.map(({ name }) => String(name)).sort(),
    );
  });

  it('does not change tables of a later version, and sends no call', async () => {
    await open().usage();
    await closing();
    await ask(`UPDATE "${schema()}".facts SET value = '2' WHERE name = 'version'`);
    await expect(open().preflight()).rejects.toMatchObject({
      code: 'not_configured',
      message: expect.stringMatching(/later version/),
    });
  });

  it('allows as many reservations as the limit covers, for all machines together', async () => {
    const machines = [0, 1, 2].map((at) => open({ index: 'directory' }, { directory: `${directory()}${at}` }));
    const scopes = [{ name: 'month' }, { name: 'day', limitMicros: 1_000 }];
    const promised = await Promise.all(
      Array.from({ length: 30 }, (_, at) => machines[at % 3]!.ledger.reserve(spending, scopes)),
    );
    const ids = promised.filter((each) => typeof each === 'string');
    expect(ids).toHaveLength(10);
    expect(promised.find((each) => typeof each !== 'string')).toEqual({
      scope: { name: 'day', limitMicros: 1_000 },
      takenMicros: 1_000,
    });
    await Promise.all(ids.flatMap((id) => machines.map(({ ledger }) => ledger.recordCost(id, 70))));
    await machines[0]!.ledger.release(ids[0]!);
    expect(await machines[1]!.ledger.taken('day')).toBe(700);
    expect(await machines[2]!.ledger.taken('month')).toBe(700);
    expect(await machines[0]!.usage()).toMatchObject([{ calls: 10, images: 10, usd: 0.0007 }]);
  });

  it('keeps sums above 2^31 exactly', async () => {
    const store = open();
    const id = await store.ledger.reserve({ ...spending, micros: 9e12 }, [{ name: 'day' }]);
    await store.ledger.reserve({ ...spending, micros: 7 }, [{ name: 'day' }]);
    expect(await store.ledger.taken('day')).toBe(9_000_000_000_007);
    await store.ledger.recordCost(String(id), 1);
    expect(await store.ledger.taken('day')).toBe(8);
  });

  it('a call is locked by a running machine, and released at once when its store is closed', async () => {
    const [one, other] = [open(), open()];
    await one.jobs.begin(call('c1'));
    await one.jobs.submitted('c1', handleOf('j1'));
    await one.jobs.begin(call('c2'));
    expect(await one.jobs.find('j1')).toMatchObject({ id: 'c1', state: 'running', isHeld: false });
    expect(await other.jobs.find('j1')).toMatchObject({ id: 'c1', state: 'running', isHeld: true });
    expect(await other.jobs.find('c2')).toMatchObject({ state: 'submitting', isHeld: true });
    expect([await other.jobs.claim('c1'), await one.jobs.claim('c1')]).toEqual([false, true]);
    await one.close();
    expect(await other.jobs.find('c2')).toMatchObject({ state: 'unknown', isHeld: false });
    const third = open();
    const claims = await Promise.all([other, third].map(({ jobs }) => jobs.claim('c1')));
    expect(claims.filter((isOurs) => isOurs)).toHaveLength(1);
  });

  it('a call of a machine that stopped is released when its lease expires; a call of a running machine is not', async () => {
    const leaseMs = 1_000;
    const [dead, living, other] = [open({ leaseMs }), open({ leaseMs }), open()];
    await dead.jobs.begin(call('of-dead'));
    await living.jobs.begin(call('of-living'));
    // As for a machine that lost its connection an hour ago.
    const [owner] = await ask(`SELECT owner FROM "${schema()}".calls WHERE id = 'of-dead'`);
    await dead.jobs.end('of-dead', 'unknown');
    await ask(`UPDATE "${schema()}".calls SET state = 'running' WHERE id = 'of-dead'`);
    await ask(`UPDATE "${schema()}".owners SET seen_at = seen_at - INTERVAL '1 hour' WHERE token = $1`, owner?.owner);
    await pause(2 * leaseMs);
    expect(await other.jobs.find('of-dead')).toMatchObject({ state: 'running', isHeld: false });
    expect(await other.jobs.claim('of-dead')).toBe(true);
    expect(await other.jobs.find('of-living')).toMatchObject({ state: 'submitting', isHeld: true });
    expect(await other.jobs.claim('of-living')).toBe(false);
  });

  it('two managers fetch a job once', async () => {
    const home = await startJobServer({ poll: (hit) => hit.reply(200, finished(hit)) });
    const before = open();
    for (const at of [1, 2, 3, 4]) {
      await before.jobs.begin(call(`c${at}`));
      await before.jobs.submitted(`c${at}`, { ...handleOf(`j${at}`), provider: 'jobs' });
    }
    await before.close();
    const providers = { vendor: jobProvider(home) };
    const managers = [1, 2].map(() => createImageManager({ providers, store: open() }));
    const outcomes = (await Promise.all(managers.map((images) => images.resumeAll()))).flat();
    expect(outcomes.map((each) => ('generation' in each ? each.generation.saved.length : each.error))).toEqual([
      1, 1, 1, 1,
    ]);
    expect([home.submits(), home.files.length]).toEqual([0, 4]);
    expect(await open().search()).toHaveLength(4);
    expect(await publicFiles(directory())).toHaveLength(8);
  });

  it('an index belongs to one directory: it is found under another path, and refused for another directory', async () => {
    const first = open();
    const { id, bytes } = await saved(first);
    const other = open({}, { directory: `${directory()}-2` });
    const error = await failure(other.preflight());
    expect(error).toMatchObject({
      code: 'not_configured',
      message: expect.stringMatching(/another directory/),
      hint: expect.stringMatching(/index: 'directory'/),
    });
    expect(await first.open(id)).toEqual(bytes);
    // Money is shared all the same.
    await first.ledger.reserve(spending, [{ name: 'day' }]);
    expect(await other.ledger.taken('day')).toBe(100);
    const own = open({ index: 'directory' }, { directory: `${directory()}-2` });
    expect(await own.search()).toEqual([]);

    expect(await other.reindex()).toEqual({ artifacts: 0, skipped: [] });
    expect(await other.search()).toEqual([]);
    await closing();
    await expect(open().search()).rejects.toMatchObject({ message: expect.stringMatching(/another directory/) });
    expect(await open().reindex()).toEqual({ artifacts: 1, skipped: [] });
    expect(await open().search()).toHaveLength(1);
  });

  it('a ledger in the directory is imported into the database once, with its jobs, and then renamed', async () => {
    const before = createStore({ directory: directory() });
    const spent = await before.ledger.reserve(spending, [{ name: 'day' }]);
    await before.ledger.recordCost(String(spent), 60);
    const promised = await before.ledger.reserve(spending, [{ name: 'day' }]);
    await before.jobs.begin(call('c1', String(promised)));
    await before.jobs.submitted('c1', handleOf('j1'));
    const { id } = await saved(before);
    await before.close();
    await closing();

    const [one, other] = [open(), open()];
    await Promise.all([one.preflight(), other.preflight()]);
    expect(await one.ledger.taken('day')).toBe(160);
    expect(await one.jobs.find('j1')).toMatchObject({
      id: 'c1',
      state: 'running',
      isHeld: false,
      reservation: promised,
    });
    await other.ledger.recordCost(String(promised), 10);
    expect(await one.usage()).toMatchObject([{ calls: 2, usd: 0.00007 }]);
    expect((await one.search()).map((each) => each.id)).toEqual([id]);
    const own = await readdir(join(directory(), '.ai-image'));
    expect(own.filter((name) => name.startsWith('money'))).toEqual([expect.stringMatching(/^money\.db\.moved-/)]);
  });

  it('a ledger file is not renamed while another store imports it', async () => {
    const before = createStore({ directory: directory() });
    const spent = await before.ledger.reserve(spending, [{ name: 'day' }]);
    await before.ledger.recordCost(String(spent), 60);
    await before.close();

    let [isRenaming, isImporting, isMoved] = [false, false, false];
    const isRename = (operation: string, path: string) => operation === 'rename' && path.includes('money.db.moved-');
    const first = open(
      {},
      {
        files: watchedFiles(
          async (operation, path) => {
            if (!isRename(operation, path)) return;
            isRenaming = true;
            await until(() => isImporting, 300);
          },
          (operation, path) => {
            isMoved ||= isRename(operation, path);
          },
        ),
      },
    );
    const second = open(
      {},
      {
        files: watchedFiles(async (operation, path) => {
          // Only an import looks for an unfinished repair while there is a ledger file.
          if (operation !== 'lstat' || !path.endsWith('money.repair')) return;
          isImporting = true;
          await until(() => isMoved, 300);
        }),
      },
    );
    const opened = first.preflight();
    await until(() => isRenaming, 5_000);
    await Promise.all([opened, second.preflight()]);
    expect(await second.ledger.taken('day')).toBe(60);
    const own = await readdir(join(directory(), '.ai-image'));
    expect(own.filter((name) => name.startsWith('money'))).toEqual([expect.stringMatching(/^money\.db\.moved-/)]);
  });

  it('a ledger file that another store imported and renamed in the middle of an import is not missed', async () => {
    const before = createStore({ directory: directory() });
    await before.ledger.reserve(spending, [{ name: 'day' }]);
    await before.close();
    const file = join(directory(), '.ai-image', 'money.db');
    const copied = await readFile(file);
    // As after a lost connection, whose lock another process took: it has imported the file already.
    await open().preflight();
    await writeFile(file, copied);

    let looks = 0;
    const store = open(
      {},
      {
        files: watchedFiles(async (operation, path) => {
          if (operation === 'lstat' && path === file && ++looks === 4) await rename(file, `${file}.moved-1`);
        }),
      },
    );
    await store.preflight();
    expect(looks).toBeGreaterThanOrEqual(4);
    expect(await store.ledger.taken('day')).toBe(100);
  });

  it('D13: entries missing in a ledger are added from the sidecars, and the spending of others stays', async () => {
    const store = open({}, { now: () => Date.UTC(2026, 10, 25, 12) });
    for (const usd of [0.5, 0.25]) await saved(store, { usd });
    const day = [{ name: 'day 2026-11-25' }, { name: 'month 2026-11' }];
    const known = await store.ledger.reserve({ ...spending, micros: 250_000, provider: 'test', model: 'test-1' }, day);
    await store.ledger.recordCost(String(known), 250_000);
    await store.ledger.reserve({ ...spending, micros: 40_000, provider: 'elsewhere' }, day);
    await ask(`UPDATE "${schema()}".scopes SET taken_micros = 1 WHERE name = 'month 2026-11'`);

    expect(await store.repairLedger()).toEqual({ spendings: 1 });
    for (const { name } of day) expect(await store.ledger.taken(name)).toBe(790_000);
    expect((await store.usage()).map(({ provider, usd }) => [provider, usd])).toEqual([
      ['elsewhere', 0.04],
      ['test', 0.75],
    ]);
    expect(await ask(`SELECT micros FROM "${schema()}".spendings WHERE id LIKE 'repair-%'`)).toEqual([
      { micros: expect.toBeOneOf(['500000', 500_000]) },
    ]);
    expect((await store.repairLedger()).spendings).toBe(0);
  });

  it('accepts names of any length with any character, and finds them again', async () => {
    const store = open();
    const long = Array.from({ length: 5_000 }, (_, at) => String.fromCodePoint(0x4e00 + ((at * 7919) % 20_000))).join(
      '',
    );
    const { id } = await saved(store, { prompt: 'a \0 fox', job: long, usd: 3_000 }, { parents: [long] });
    await store.tag(id, [long]);
    await store.jobs.begin(call('c1'));
    await store.jobs.submitted('c1', handleOf(long, 'a \0 fox'));
    await store.jobs.submitted('c1', handleOf(long));
    expect((await store.search({ tag: long, parent: long, text: 'fox' })).map((each) => each.id)).toEqual([id]);
    expect(await store.search({ text: 'fox' })).toMatchObject([{ costUsd: 3_000, prompt: 'a \uFFFD fox' }]);
    expect(await store.get(id)).toMatchObject({ promptUsed: 'a \0 fox' });
    expect(await store.jobs.find(long)).toMatchObject({ id: 'c1', handle: { request: { prompt: 'a \0 fox' } } });
    expect(await store.reindex()).toEqual({ artifacts: 1, skipped: [] });
  });

  it('a forged sidecar with a time of any length does not stop the others', async () => {
    const store = open();
    const { path } = await saved(store);
    const sidecar = JSON.parse(await readFile(path.replace('.png', '.json'), 'utf8')) as object;
    const forged = { ...sidecar, id: 'forged-00', file: 'forged.png', createdAt: 'é'.repeat(9_000) };
    await writeFile(join(directory(), 'forged.json'), JSON.stringify(forged));
    expect((await store.reindex()).artifacts).toBe(2);
    expect(await store.search()).toHaveLength(2);
  });
});

describe('a lost connection', () => {
  const trouble: Trouble = {};
  afterEach(() => {
    delete trouble.before;
    delete trouble.after;
  });
  const open = (more: object = {}) => openWith({ pool: poolOn(pglite, trouble), schema: schema(), ...more });
  /** Runs once, at the first statement with this beginning. */
  function at(when: 'before' | 'after', start: string, error: Error): () => boolean {
    let isDone = false;
    trouble[when] = (text) => {
      if (isDone || !text.trimStart().startsWith(start)) return;
      isDone = true;
      throw error;
    };
    return () => isDone;
  }

  it.each([
    ['before', 'BEGIN', 'ECONNRESET'],
    ['before', 'UPDATE', '40P01'],
    ['before', 'INSERT INTO', '57P01'],
    ['after', 'UPDATE', '40001'],
    ['before', 'COMMIT', '08006'],
    ['after', 'COMMIT', 'ECONNRESET'],
    ['after', 'COMMIT', '57P01'],
  ] as const)('D01: %s %s by %s counts a reservation once, and its end once', async (when, start, code) => {
    const store = open();
    await store.preflight();
    const wasReserved = at(when, start, sqlError(code));
    const id = await store.ledger.reserve(spending, [{ name: 'day', limitMicros: 150 }, { name: 'month' }]);
    expect([typeof id, wasReserved()]).toEqual(['string', true]);
    expect([await store.ledger.taken('day'), await store.ledger.taken('month')]).toEqual([100, 100]);
    const wasSettled = at(when, start === 'INSERT INTO' ? 'UPDATE' : start, sqlError(code));
    await store.ledger.recordCost(String(id), 70);
    expect(wasSettled()).toBe(true);
    expect([await store.ledger.taken('day'), await store.ledger.taken('month')]).toEqual([70, 70]);
    expect(await store.usage()).toMatchObject([{ calls: 1, usd: 0.00007 }]);
  });

  it.each(['40001', '40P01', '53200', '55P03', '57014', '57P01', '57P03', '53300', '08006', 'ECONNRESET'])(
    'a database that fails with %s for a while costs no record of a paid call',
    async (code) => {
      const home = await startJobServer({ poll: (hit) => hit.reply(200, finished(hit)) });
      const store = open();
      const images = createImageManager({ providers: { vendor: jobProvider(home) }, store });
      await store.preflight();
      // Each statement fails once, among them those that record the call, its job, its cost and its end.
      const failed = new Set<string>();
      trouble.before = (text) => {
        if (/^(?:ROLLBACK|COMMIT)/.test(text) || failed.has(text)) return;
        failed.add(text);
        // In a transaction with files that has begun, nothing is repeated: see `exclusiveLock`.
        if (!/artifacts|tags|parents|results/.test(text)) throw sqlError(code);
      };
      const { job, saved: kept, notes } = await images.generate({ prompt: 'a red fox' });
      delete trouble.before;
      expect([kept.length, notes]).toEqual([1, []]);
      expect(await store.jobs.find(job!.id)).toMatchObject({ state: 'done' });
      expect(await store.usage()).toMatchObject([{ calls: 1 }]);
      expect(home.submits()).toBe(1);
    },
  );

  it('a database that cancels every statement is named with its limit when the time is over', async () => {
    const store = open({ timeoutMs: 100 });
    await store.preflight();
    trouble.before = (text) => {
      if (text.startsWith('SELECT taken')) throw sqlError('57014');
    };
    await expect(store.ledger.taken('day')).rejects.toMatchObject({
      code: 'storage_failed',
      message: expect.stringMatching(/cancelled a statement.*statement_timeout/),
    });
  });

  it('a lost connection at any statement of a recorded call leaves one record, owned by this process', async () => {
    for (let count = 0, isOver = false; !isOver; count++) {
      const [store, other] = [open(), open()];
      const id = `call-${count}`;
      await Promise.all([store.jobs.list(), other.jobs.list()]);
      let seen = 0;
      trouble.after = () => {
        if (seen++ === count) throw sqlError('ECONNRESET');
      };
      await store.jobs.begin(call(id));
      await store.jobs.submitted(id, handleOf(`job-${count}`));
      isOver = seen <= count;
      delete trouble.after;
      expect(await other.jobs.claim(id)).toBe(false);
      await store.close();
      expect(await other.jobs.claim(id)).toBe(true);
      await other.jobs.end(id, 'done');
      expect(await other.jobs.find(id)).toMatchObject({ state: 'done', handle: { id: `job-${count}` } });
      expect((await other.jobs.list()).filter((each) => each.id === id)).toHaveLength(1);
    }
  });

  it('is not used again, but a connection with only an error is', async () => {
    const pool = poolOn(pglite, trouble);
    const store = openWith({ pool, schema: schema() });
    await store.preflight();
    pool.released.length = 0;
    at('before', 'UPDATE', sqlError('ECONNRESET'));
    await store.ledger.reserve(spending, [{ name: 'day' }]);
    await store.ledger.reserve(spending, [{ name: 'day', limitMicros: 1 }]);
    // Each reservation first reads the clock of the database.
    expect(pool.released).toEqual([false, true, false, false, false]);
  });

  it('a lost connection that stopped answering times out, and is not used again', async () => {
    const pool = poolOn(pglite, trouble);
    const store = openWith({ pool, schema: schema(), timeoutMs: 100 });
    await store.preflight();
    pool.released.length = 0;
    trouble.before = (text) => (text.startsWith('SELECT taken') ? new Promise(() => undefined) : undefined);
    await expect(store.ledger.taken('day')).rejects.toMatchObject({
      code: 'storage_failed',
      message: 'the database of the store cannot be used: it did not answer in time',
    });
    delete trouble.before;
    expect(await store.ledger.taken('day')).toBe(0);
    expect(pool.released).toEqual([true, false]);
  });

  it('a lost connection that cannot be restored makes every call fail before anything is sent, and loses no paid image', async () => {
    const home = await startJobServer({ poll: (hit) => hit.reply(200, finished(hit)) });
    const store = open({ timeoutMs: 200 });
    const images = createImageManager({ providers: { vendor: jobProvider(home) }, store });
    const { saved } = await images.generate({ prompt: 'a red fox' });
    expect(saved).toHaveLength(1);

    const gone = () => {
      throw sqlError('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:5432');
    };
    trouble.before = gone;
    const error = await failure(images.generate({ prompt: 'a red fox at sea' }));
    expect(error).toMatchObject({
      code: 'storage_failed',
      charged: 'no',
      message: 'the database of the store cannot be used: the connection was refused',
    });
    expect(home.submits()).toBe(1);

    // The connection is lost while the image arrives: the image is in the result all the same, and on the disk.
    delete trouble.before;
    let isDrawn = false;
    trouble.before = (text) => {
      if (text.includes('".artifacts')) isDrawn = true;
      if (isDrawn) gone();
    };
    const late = await images.generate({ prompt: 'a red fox in the hills' });
    expect(late.images[0].imageBytes.length).toBeGreaterThan(0);
    expect(late.saved).toEqual([]);
    expect(late.notes).toEqual([
      expect.stringContaining('the database of the store cannot be used'),
      'the cost could not be recorded',
    ]);
    delete trouble.before;
    expect((await readdir(join(directory(), '.ai-image', 'quarantine'))).some((name) => name.endsWith('.bin'))).toBe(
      true,
    );
    // It is recorded as running, and fetched without another submit, also while that cannot be recorded yet.
    trouble.before = (text) => {
      if (/^(?:UPDATE|DELETE)/.test(text) && text.includes('".calls')) gone();
    };
    expect(await images.resume(late.job!)).toMatchObject({ saved: [{ id: expect.any(String) }] });
    expect((await images.jobs())[0]).toMatchObject({ state: 'running' });
    delete trouble.before;
    await images.resume(late.job!);
    expect((await images.jobs())[0]).toMatchObject({ state: 'done' });
    expect([home.submits(), (await store.search()).length]).toEqual([2, 2]);
  });
});

describe('a database that cannot be reached when a store is opened', () => {
  const uses: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
    reserve: (store) => store.ledger.reserve(spending, [{ name: 'day' }]),
    begin: (store) => store.jobs.begin(call('first')),
    search: (store) => store.search(),
    usage: (store) => store.usage(),
  };
  const faults = ['ECONNREFUSED', 'EAI_AGAIN', '57P03', '53300', '57P01', '57014'];
  const cases = [
    ...faults.map((code) => ({ use: 'preflight', code })),
    ...Object.keys(uses).map((use) => ({ use, code: 'ECONNREFUSED' })),
  ];

  it.each(cases)(
    'a database that fails with $code is waited for by a store whose first call is $use',
    async ({ use, code }) => {
      let failures = 0;
      const trouble: Trouble = {
        before: () => {
          if (failures++ < 3) throw sqlError(code);
        },
      };
      const store = openWith({ pool: poolOn(pglite, trouble), schema: schema() });
      await (uses[use]?.(store) ?? store.preflight());
      expect(failures).toBeGreaterThan(3);
    },
  );

  it.each(['28P01', '28000', '3D000', 'ENOTFOUND', '42501'])(
    'a database that refuses with %s when a store is opened is reported at once',
    async (code) => {
      let failures = 0;
      const trouble: Trouble = {
        before: () => {
          failures++;
          throw sqlError(code);
        },
      };
      const error = await failure(openWith({ pool: poolOn(pglite, trouble), schema: schema() }).preflight());
      expect([error.charged, failures]).toEqual(['no', 1]);
    },
  );
});

describe('a database that cannot be used', () => {
  const SECRET = 'hunter2-canary';
  const sockets = new Set<Socket>();
  /** Sends one PostgreSQL message to every client, or nothing at all. */
  async function speaking(error?: { readonly code: string; readonly message: string }): Promise<string> {
    const listener = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => {
        if (error === undefined) return;
        const body = Buffer.from(`SFATAL\0C${error.code}\0M${error.message}\0\0`);
        const head = Buffer.from([0x45, 0, 0, 0, 0]);
        head.writeUInt32BE(body.length + 4, 1);
        socket.end(Buffer.concat([head, body]));
      });
    });
    await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
    closers.push(() => listener.close());
    const { port } = listener.address() as { readonly port: number };
    return `postgresql://me:${SECRET}@127.0.0.1:${port}/pictures`;
  }
  const closers: (() => void)[] = [];
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    for (const close of closers.splice(0)) close();
  });

  it.each([
    ['28P01', 'the password is wrong', 'not_configured'],
    ['3D000', 'the database does not exist', 'not_configured'],
    ['42501', 'the user lacks a permission', 'storage_failed'],
    ['XX000', 'it refused (XX000)', 'storage_failed'],
  ])('a database that fails by %s reports that %s, without address or password', async (code, says, reported) => {
    const url = await speaking({ code, message: `password authentication failed for ${SECRET}` });
    const error = await failure(openWith({ url }).preflight());
    expect(error).toMatchObject({ code: reported, charged: 'no', message: expect.stringContaining(says) });
    const shown = [error.message, error.hint, error.stack, inspect(error, { depth: 9 }), JSON.stringify(error)].join();
    expect(shown).not.toMatch(/hunter2|127\.0\.0\.1|:\/\/me/);
  });

  it('is reported in time when no server listens or answers', async () => {
    const nobody = `postgresql://me:${SECRET}@127.0.0.1:${await freePort()}/x`;
    await expect(openWith({ url: nobody, timeoutMs: 300 }).preflight()).rejects.toMatchObject({
      message: expect.stringContaining('the connection was refused'),
    });
    const silent = await speaking();
    const elapsedMs = startStopwatch();
    const error = await failure(openWith({ url: silent, timeoutMs: 300 }).preflight());
    expect(error).toMatchObject({ code: 'storage_failed' });
    expect(inspect(error, { depth: 9 })).not.toContain(SECRET);
    expect(elapsedMs()).toBeLessThan(5_000);
  });

  it.each([
    [{}, 'either a url or a pool'],
    [{ url: 'postgresql://x/y', pool: pglite }, 'either a url or a pool'],
    [{ url: `mysql://me:${SECRET}@host/x` }, 'an address like postgresql://'],
    [{ url: `me:${SECRET}@host` }, 'an address like postgresql://'],
    [{ url: `postgresql://me:${SECRET}@[host/x` }, 'an address like postgresql://'],
    [{ url: 7 }, 'an address like postgresql://'],
    [{ pool: {} }, 'query() and connect()'],
    [{ pool: pglite, schema: 'x"; DROP SCHEMA public; --' }, 'database.schema'],
    [{ pool: pglite, schema: 'pg_x' }, 'database.schema'],
    [{ pool: pglite, index: 'memory' }, 'database.index'],
    [{ pool: pglite, leaseMs: 10 }, 'database.leaseMs'],
    [{ pool: pglite, timeoutMs: Number.NaN }, 'database.timeoutMs'],
    ['postgresql://x/y', 'database must be { url }'],
  ] as const)('is refused as %# before anything is changed', (database, says) => {
    const make = () => openWith(database as never);
    expect(make).toThrow(expect.objectContaining({ code: 'not_configured', message: expect.stringContaining(says) }));
    expect(() => make()).not.toThrow(SECRET);
  });

  it('is reported with the name of the missing package pg', async () => {
    const root = fileURLToPath(new URL('../../../', import.meta.url));
    for (const part of ['src/store', 'src/provenance', 'src/providers/protocol', 'package.json']) {
      await cp(join(root, part), join(folder(), part), { recursive: true });
    }
    await mkdir(join(folder(), 'node_modules'));
    await symlink(join(root, 'node_modules/zod'), join(folder(), 'node_modules/zod'));
    const script = `
      import { createStore } from './src/store/index.ts';
      const store = createStore({ directory: 'pictures', database: { url: 'postgresql://me:${SECRET}@host/x' } });
      await store.preflight().catch(({ code, message, hint }) => console.log(code, message, hint));`;
    const options = ['--disable-warning=ExperimentalWarning', '--experimental-strip-types', '--input-type=module'];
    const { stdout } = await promisify(execFile)(process.execPath, [...options, '--eval', script], { cwd: folder() });
    expect(stdout.trim()).toBe(
      'not_configured a store in PostgreSQL needs the package pg, which is not installed Run: npm install pg',
    );
  });

  it('rejects a single client that is passed as a pool', async () => {
    const client = { query: pglite.query.bind(pglite), connect: async () => undefined };
    await expect(openWith(client as never, {}).preflight()).rejects.toMatchObject({
      code: 'not_configured',
      hint: expect.stringMatching(/not a single client/),
    });
  });
});

// Uses a real server, for what one connection cannot show.
if (DATABASE_URL !== undefined) {
  describe('on a server, the store', async () => {
    useDatabase({ url: DATABASE_URL });
    await importStoreSuites('server');
  });

  describe('on a server, many processes', () => {
    const children = useChildren();
    const env = () => ({ DATABASE_URL, SCHEMA: schema(), DIRECTORY: directory() });
    const open = () => openWith({ url: DATABASE_URL, schema: schema() });

    it('D02: eight of them never exceed a limit, and lose nothing', async () => {
      const limit = 100 * 200;
      const outputs = await Promise.all(
        Array.from({ length: 8 }, () => children.run('spend', { ...env(), TIMES: '60', LIMIT: String(limit) })),
      );
      const lines = outputs.flatMap(linesOf);
      const count = (what: string) => lines.filter((line) => line === what).length;
      expect(lines).toHaveLength(480);
      const store = open();
      const taken = await store.ledger.taken('day');
      expect(taken).toBe(90 * count('spent'));
      expect(taken).toBeLessThanOrEqual(limit);
      expect(count('refused')).toBeGreaterThan(0);
      expect(await store.ledger.taken('project a')).toBe(taken);
      expect((await store.usage())[0]).toMatchObject({ calls: count('spent'), usd: taken / 1e6 });
    }, 120_000);

    it('J22: a killed one releases its calls and keeps its reservations; a running one keeps its calls', async () => {
      const [dying, living] = ['dying', 'living'].map((CALL) =>
        children.start('spend', { ...env(), CALL, LIMIT: '1000' }),
      );
      const isBegun = () => [dying, living].every((child) => child!.output().includes('begun'));
      expect(await until(isBegun, 20_000)).toBe(true);
      const store = open();
      expect((await store.jobs.list()).map(({ isHeld }) => isHeld)).toEqual([true, true]);
      dying!.process.kill('SIGKILL');
      await dying!.end;
      let isFree = false;
      for (let look = 0; look < 50 && !isFree; look++) {
        await pause(200);
        isFree = await store.jobs.claim('dying');
      }
      expect([isFree, await store.jobs.claim('living')]).toEqual([true, false]);
      expect(await store.jobs.find('living')).toMatchObject({ state: 'running', isHeld: true });
      expect(await store.ledger.taken('month')).toBe(200);
      living!.process.kill('SIGKILL');
      await living!.end;
    }, 60_000);

    it('D01: cutting every connection, again and again, loses and duplicates nothing', async () => {
      const store = open();
      await store.preflight();
      let isOver = false;
      let cut = 0;
      const cutting = (async () => {
        while (!isOver) {
          const { rowCount } = await server!.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ai-image' AND datname = current_database()",
          );
          cut += rowCount ?? 0;
          await pause(300);
        }
      })();
      const one = async (time: number) => {
        const id = await store.ledger.reserve(spending, [{ name: 'day' }, { name: 'month' }]);
        if (time % 2 === 0) await store.ledger.recordCost(String(id), 90);
        else await store.ledger.release(String(id));
      };
      for (let time = 0; time < 200; time += 4) await Promise.all([0, 1, 2, 3].map((at) => one(time + at)));
      isOver = true;
      await cutting;
      expect(cut).toBeGreaterThan(5);
      expect([await store.ledger.taken('day'), await store.ledger.taken('month')]).toEqual([9_000, 9_000]);
      expect(await store.usage()).toMatchObject([{ calls: 100 }]);
    }, 60_000);
  });
}
