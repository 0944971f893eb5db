/**
 * The engine on pg-boss. Runs on a real server where the machine has its programs, and on PGlite, which is PostgreSQL inside the process.
 * With a server, the quick suite runs the shared suite of the engines on the server only. The names of the suites say which ran.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { getConstructionPlans, PgBoss } from 'pg-boss';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createBossConnection } from '../../src/queue/pg-boss/boss-connection.ts';
import { functionsOf } from '../../src/queue/pg-boss/boss-functions.ts';
import { bossSchemaOf, laneNameOf } from '../../src/queue/pg-boss/boss-names.ts';
import { tablesOf } from '../../src/queue/pg-boss/boss-tables.ts';
import { createPgBossEngine } from '../../src/queue/pg-boss/create-pg-boss-engine.ts';
import { splitStatements } from '../../src/queue/pg-boss/split-statements.ts';
import { toWorkKey } from '../../src/queue/pg-boss/work-key.ts';
import { createStatements } from '../../src/queue/pg-boss/work-statements.ts';
import type { NewWork, QueueEngine } from '../../src/queue/queue-engine.ts';
import type { QueueLedger } from '../../src/store/ledger-access.ts';
import { poolOn, sqlError, type Trouble } from '../store/pools.ts';
import { useFolder } from '../store/support.ts';
import { isFullSize } from '../support/full-size.ts';
import { openPglite } from '../support/pglite.ts';
import { openTestDatabase } from '../support/postgres-server.ts';
import { describeEngine, type OpenedEngines } from './engine-suite.ts';
import { accessTo, type Pool } from './postgres-access.ts';

const folder = useFolder();
const pglite = await openPglite();
const { pool: serverPool, close: closeServer } = await openTestDatabase();
/** A server, or nothing where the machine has no programs of PostgreSQL. */
const server = serverPool instanceof pg.Pool ? serverPool : undefined;
const engines: QueueEngine[] = [];
const closings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
  for (const closing of closings.splice(0)) await closing();
});
afterAll(async () => {
  await closeServer();
  await pglite.close();
});

const databases: readonly (readonly [name: string, pool: Pool])[] = [
  ['on PGlite', pglite],
  ...(server ? [['on a PostgreSQL server', server] as const] : []),
];

/** Engines at first without work, and a clock of the database that the test advances. */
async function openEngines(pool: Pool): Promise<OpenedEngines> {
  const schema = 'test_queue';
  const jobs = bossSchemaOf(schema);
  const open = async () => createPgBossEngine((await accessTo(pool, schema)).access);
  const first = await open();
  await first.counts([1]);
  await first.close();
  await pool.query(`TRUNCATE ${jobs}.job_common, ${jobs}.ai_image_lanes, ${jobs}.ai_image_pauses`);
  const setClock = (laterMs: number) =>
    pool.query(`CREATE OR REPLACE FUNCTION ${jobs}.job_now() RETURNS timestamptz LANGUAGE sql STABLE
      AS $$ SELECT pg_catalog.now() + interval '${laterMs} milliseconds' $$`);
  let laterMs = 0;
  await setClock(0);
  return {
    open,
    async now() {
      const { rows } = await pool.query(`SELECT floor(extract(epoch FROM ${jobs}.job_now()) * 1000)::text AS now`);
      return Number((rows[0] as { readonly now: string }).now); // selected above
    },
    async pass(ms) {
      laterMs += ms;
      await setClock(laterMs);
    },
  };
}

/** PGlite needs four times as long as a server. The quick suite runs it on PGlite where there is no server. */
const ofEngine = isFullSize() ? databases : databases.slice(-1);
for (const [name, pool] of ofEngine) describeEngine(`pg-boss ${name}`, () => openEngines(pool));

const newSchema = () => `test_${randomUUID().slice(0, 8)}`;
const newWork = (more: Partial<NewWork> = {}): NewWork => ({
  id: randomUUID(),
  queue: 'images',
  payload: '{"request":{"prompt":"a red fox"}}',
  version: 1,
  priority: 0,
  runAtMs: Date.now(),
  ...more,
});
const claiming = { worker: 'worker-1', leaseMs: 60_000, versions: [1] };
const DONE = { artifacts: ['image-1'] };

function openOn(access: QueueLedger): QueueEngine {
  const engine = createPgBossEngine(access);
  engines.push(engine);
  return engine;
}
const openIn = async (source: Pool | string, schema: string, timeoutMs?: number) => {
  const { access, shared } = await accessTo(source, schema, timeoutMs);
  closings.push(shared.close);
  return openOn(access);
};

describe('statements of pg-boss', () => {
  it('are split at semicolons outside of texts, names, bodies of functions and comments', () => {
    const text = `BEGIN; SELECT ';''; "' -- it's; one
      ; CREATE FUNCTION f() AS $$ BEGIN; EXECUTE $cmd$ a;b $cmd$; END; $$; /* ; */ SELECT 1 AS "a;b";;
      COMMIT;`;
    expect(splitStatements(text).map((statement) => statement.replaceAll(/\s+/g, ' '))).toEqual([
      'BEGIN',
      `SELECT ';''; "' -- it's; one`,
      'CREATE FUNCTION f() AS $$ BEGIN; EXECUTE $cmd$ a;b $cmd$; END; $$',
      '/* ; */ SELECT 1 AS "a;b"',
      'COMMIT',
    ]);
  });

  it('leave the whole installation as it is', () => {
    const plan = getConstructionPlans('x');
    const statements = splitStatements(plan);
    expect(statements.length).toBeGreaterThan(30);
    const plain = (sql: string) => sql.replaceAll(/[\s;]+/g, '');
    expect(plain(statements.join(''))).toBe(plain(plan));
    for (const statement of statements)
      expect(statement).toMatch(/^(?:BEGIN|SET|SELECT|CREATE|ALTER|INSERT|DO|COMMIT)\b/);
  });
});

describe('ids and names', () => {
  it('keep a UUID, and hash every other id to a UUID of its own', () => {
    const uuid = randomUUID();
    expect(toWorkKey(uuid)).toBe(uuid);
    const others = [uuid.toUpperCase(), `${uuid}-2`, 'order:4711.image_1-x', 'x'.repeat(128), uuid.replaceAll('-', '')];
    const keys = others.map(toWorkKey);
    expect(new Set([uuid, ...keys]).size).toBe(others.length + 1);
    for (const key of keys)
      expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('do not let an id be chosen that meets the UUID of another', () => {
    const key = toWorkKey('order:4711.image_1-x');
    expect(toWorkKey(key)).not.toBe(key);
  });

  it('give each queue, provider and version a lane of its own', () => {
    const lanes = [
      { queue: 'images', version: 1 },
      { queue: 'images', version: 2 },
      { queue: 'images', provider: 'openai', version: 1 },
      { queue: 'images', provider: 'a/b', version: 1 },
      { queue: 'images', provider: 'a b', version: 1 },
      { queue: 'images', provider: "'; DROP TABLE x; --", version: 1 },
    ].map(laneNameOf);
    expect(new Set(lanes).size).toBe(lanes.length);
    expect(lanes[2]).toBe('images/openai/1');
    for (const lane of lanes) expect(lane).toMatch(/^[\w./-]+$/);
  });

  it('put pg-boss into a schema beside that of the store, which PostgreSQL does not cut', () => {
    expect(bossSchemaOf('ai_image')).toBe('ai_image_jobs');
    const long = [`${'a'.repeat(62)}b`, `${'a'.repeat(62)}c`].map(bossSchemaOf);
    expect(new Set(long).size).toBe(2);
    for (const name of long) expect(name.length).toBeLessThanOrEqual(63);
  });
});

describe.each(databases)('pg-boss %s', (_name, pool) => {
  it('stores work under ids of every form, and text that JSON of PostgreSQL refuses', async () => {
    const engine = await openIn(pool, newSchema());
    const works = ['order:4711.image_1-x', 'A'.repeat(128), randomUUID().toUpperCase()].map((id) => newWork({ id }));
    expect(await engine.add(works)).toEqual(['added', 'added', 'added']);
    expect((await engine.list({ id: 'order:' })).map(({ id }) => id)).toEqual(['order:4711.image_1-x']);
    const claims = await engine.claim({ ...claiming, count: 3, worker: "a 'b' \0 \ud800" });
    expect(claims.map(({ id }) => id).sort()).toEqual(works.map(({ id }) => id).sort());
    expect(await engine.complete(claims[0]!, { artifacts: ['a'], notes: ['NUL \0 and half \ud800'] })).toBe(true);
    const error = { code: 'internal', message: "it's \0 \ud800" };
    expect(await engine.fail(claims[1]!, error, 'dead')).toBe(true);
    expect((await engine.find(claims[1]!.id))?.error?.message).toBe("it's \uFFFD \uFFFD");
  });

  it('does not share work with the queue of another store in the same database', async () => {
    const [one, other] = [await openIn(pool, newSchema()), await openIn(pool, newSchema())];
    const work = newWork();
    expect(await one.add([work])).toEqual(['added']);
    expect(await other.claim(claiming)).toEqual([]);
    expect(await other.add([work])).toEqual(['added']);
  });

  it('completes work in the transaction in which its call ends, and lets its worker complete it again', async () => {
    const { access, listeners, shared } = await accessTo(pool, newSchema());
    const engine = openOn(access);
    const work = newWork();
    await engine.add([work]);
    const [claim] = await engine.claim(claiming);
    const [listener] = listeners;
    const ends = shared.ledger.transaction(async (sql) => {
      await listener?.(sql, { id: work.id, artifacts: ['image-1'] });
      throw new Error('the ledger failed');
    });
    await expect(ends).rejects.toThrow('the ledger failed');
    expect((await engine.find(work.id))?.state).toBe('active');

    await shared.ledger.transaction(async (sql) => listener?.(sql, { id: work.id, artifacts: ['image-1'] }));
    expect(await engine.find(work.id)).toMatchObject({ state: 'done', result: DONE });
    expect(await engine.complete(claim!, { ...DONE, notes: ['the cost was written later'] })).toBe(true);
    expect((await engine.find(work.id))?.result).toEqual({ ...DONE, notes: ['the cost was written later'] });
    await engine.close();
    expect(listeners.size).toBe(0);
  });

  it('answers each of many completions of the same moment by itself', async () => {
    const engine = await openIn(pool, newSchema());
    await engine.add(Array.from({ length: 30 }, () => newWork()));
    const claims = await engine.claim({ ...claiming, count: 30 });
    const [stale, ...held] = claims.map((claim, index) => (index === 0 ? { ...claim, attempt: 7 } : claim));
    const answers = await Promise.all([stale!, ...held].map((claim) => engine.complete(claim, DONE)));
    expect(answers).toEqual([false, ...held.map(() => true)]);
  });

  it('leaves nothing for the maintenance of pg-boss to repeat or to remove', async () => {
    const schema = newSchema();
    const { access, shared } = await accessTo(pool, schema);
    const engine = openOn(access);
    await engine.add([newWork(), newWork(), newWork(), newWork()]);
    const [done, dead, active] = await engine.claim({ ...claiming, count: 3 });
    await engine.complete(done!, DONE);
    await engine.fail(dead!, { code: 'internal', message: 'it failed' }, 'dead');
    const before = await engine.list();

    const db = createBossConnection(shared.connections);
    const boss = new PgBoss({
      db,
      schema: bossSchemaOf(schema),
      supervise: false,
      schedule: false,
      registerInstance: false,
    });
    const errors: unknown[] = [];
    boss.on('error', (error) => errors.push(error));
    await boss.start();
    await boss.supervise();
    await boss.stop();
    expect(errors).toEqual([]);
    expect(await engine.list()).toEqual(before);
    expect(await engine.extend(active!, 60_000)).toBe('held');
  });

  it('says the same when an answer was lost and the statement ran twice', async () => {
    if (!(pool instanceof PGlite)) return;
    const trouble: Trouble = {};
    const engine = await openIn(poolOn(pool, trouble), newSchema());
    await engine.counts([1]);
    const loseOnce = (part: string) => {
      trouble.after = (text) => {
        if (!text.includes(part)) return;
        delete trouble.after;
        throw sqlError('08006');
      };
    };
    const [first, second] = [newWork(), newWork()];
    await engine.add([first]);
    loseOnce('ai_image_add_');
    expect(await engine.add([first, second])).toEqual(['known', 'added']);
    expect(trouble.after).toBeUndefined();
    const [claim] = await engine.claim(claiming);
    loseOnce('ai_image_complete_');
    expect(await engine.complete(claim!, DONE)).toBe(true);
    expect(trouble.after).toBeUndefined();
  });

  it('rejects while the database is away longer than the patience of the store, and works again afterwards', async () => {
    if (!(pool instanceof PGlite)) return;
    const trouble: Trouble = {};
    const engine = await openIn(poolOn(pool, trouble), newSchema(), 100);
    trouble.before = () => {
      throw sqlError('ECONNREFUSED');
    };
    const refused = { code: 'storage_failed', charged: 'no', message: expect.stringContaining('refused') };
    await expect(engine.add([newWork()])).rejects.toMatchObject(refused); // it cannot be opened
    delete trouble.before;
    await engine.add([newWork()]);
    trouble.before = () => {
      throw sqlError('ECONNREFUSED');
    };
    await expect(engine.add([newWork({ queue: 'another' })])).rejects.toMatchObject(refused); // it cannot add a lane
    await expect(engine.claim(claiming)).rejects.toMatchObject(refused);
    delete trouble.before;
    expect(await engine.claim(claiming)).toHaveLength(1);
  });

  it('listens to no calls after it was closed while it was opening', async () => {
    const { access, listeners } = await accessTo(pool, newSchema());
    const engine = openOn(access);
    const listing = engine.list().catch(() => undefined);
    await engine.close();
    await listing;
    expect(listeners.size).toBe(0);
  });

  it('refuses calls after it was closed', async () => {
    const engine = await openIn(pool, newSchema());
    await engine.close();
    await expect(engine.list()).rejects.toMatchObject({ code: 'invalid_request', message: 'the queue is closed' });
  });
});

describe.runIf(server !== undefined)('a PostgreSQL server', () => {
  const pool = server as pg.Pool; // the suite runs only then
  const url = () => String(pool.options.connectionString);

  it('is set up once by 12 engines that start at the same time, which add an id once', async () => {
    const schema = newSchema();
    const opened = await Promise.all(Array.from({ length: 12 }, () => openIn(url(), schema)));
    const work = newWork();
    const outcomes = await Promise.all(opened.map((engine) => engine.add([work])));
    expect(outcomes.flat().sort()).toEqual(['added', ...Array.from({ length: 11 }, () => 'known')]);
    const claims = await Promise.all(opened.map((engine) => engine.claim(claiming)));
    expect(claims.flat()).toHaveLength(1);
  });

  it('may end connections at any time: no call fails, and each piece of work ends once', async () => {
    const engine = await openIn(`${url()}?application_name=queue-victim`, newSchema());
    const works = Array.from({ length: 150 }, () => newWork());
    await engine.add(works);
    let ended = 0;
    const endOne = async () => {
      const { rows } = await pool.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'queue-victim' ORDER BY random() LIMIT 1",
      );
      ended += rows.length;
    };
    const completed: string[] = [];
    const work = async (worker: string) => {
      for (;;) {
        // A claim whose answer was lost is active until its lease ends.
        const ending = endOne();
        const claims = await engine.claim({ ...claiming, worker, leaseMs: 2_000, count: 3 });
        await ending;
        for (const claim of claims) if (await engine.complete(claim, DONE)) completed.push(claim.id);
        if (claims.length > 0) continue;
        const [counts] = await engine.counts([1]);
        if (counts?.states.done === works.length) return;
        await engine.wait(200, new AbortController().signal);
      }
    };
    await Promise.all([work('one'), work('two'), work('three')]);
    expect(ended).toBeGreaterThan(20);
    expect(completed.sort()).toEqual(works.map(({ id }) => id).sort());
  }, 120_000);

  it('may begin transactions read-only, and without waiting for the disk', async () => {
    const options = encodeURIComponent('-c default_transaction_read_only=on -c synchronous_commit=off');
    const engine = await openIn(`${url()}?options=${options}`, newSchema());
    const work = newWork();
    expect(await engine.add([work])).toEqual(['added']);
    const [claim] = await engine.claim(claiming);
    await engine.pause({ kind: 'queue', name: 'images', reason: 'a test' });
    expect(await engine.complete(claim!, DONE)).toBe(true);
    expect((await engine.find(work.id))?.state).toBe('done');
  });

  it('says what is missing when its user may not create the schema, and works when an administrator made it', async () => {
    const schema = newSchema();
    const user = `user_${schema}`;
    await pool.query(`CREATE ROLE ${user} LOGIN; CREATE SCHEMA ${schema} AUTHORIZATION ${user}`);
    const engine = await openIn(url().replace('postgres@', `${user}@`), schema);
    await expect(engine.add([newWork()])).rejects.toMatchObject({
      code: 'not_configured',
      message: `the user of the database may not create the schema ${schema}_jobs, which the queue needs`,
      hint: expect.stringContaining(`CREATE SCHEMA ${schema}_jobs AUTHORIZATION`),
    });
    await pool.query(`CREATE SCHEMA ${schema}_jobs`);
    await expect(engine.add([newWork()])).rejects.toMatchObject({
      code: 'not_configured',
      hint: expect.stringContaining(`GRANT CREATE, USAGE ON SCHEMA ${schema}_jobs`),
    });
    await pool.query(`ALTER SCHEMA ${schema}_jobs OWNER TO ${user}`);
    expect(await engine.add([newWork()])).toEqual(['added']);
  });

  it('finds the next work by indexes, and does not compile the claim', async () => {
    const schema = newSchema();
    const engine = await openIn(pool, schema);
    for (let index = 0; index < 20; index++) {
      const rows = Array.from({ length: 1_000 }, (_, row) =>
        newWork({ provider: `provider-${row % 7}`, priority: row % 5 }),
      );
      await engine.add(rows);
    }
    const { claim } = createStatements(tablesOf(bossSchemaOf(schema)));
    const planOf = async () => {
      const { rows } = await pool.query(`EXPLAIN ${claim}`, ['[1]', null, 1, 60_000, 'worker-1', 0]);
      return rows.map((row: { readonly 'QUERY PLAN': string }) => row['QUERY PLAN']);
    };
    const check = (plan: readonly string[]) => {
      expect(plan.filter((line) => line.includes('Seq Scan on job_common'))).toEqual([]);
      // PostgreSQL compiles a statement from a cost of 100,000, which takes it up to a second. More lanes cost more.
      expect(Number(/cost=[\d.]+\.\.([\d.]+)/.exec(plan[0] ?? '')?.[1])).toBeLessThan(20_000);
    };
    check(await planOf());
    // As autovacuum does, which never looks at a table as small as that of the lanes.
    await pool.query(`ANALYZE ${schema}_jobs.job_common`);
    check(await planOf());
  });

  it('keeps the plans of a connection that made them before there was work, and they use indexes too', async () => {
    const schema = newSchema();
    const engine = await openIn(pool, schema);
    await engine.add([newWork()]);
    const { add, claim, complete } = functionsOf(bossSchemaOf(schema));
    const client = await pool.connect();
    const scans = async () => {
      const { rows } = await client.query(
        `SELECT seq_scan::int AS whole, idx_scan::int AS by_index FROM pg_stat_xact_user_tables
         WHERE schemaname = $1 AND relname = 'job_common'`,
        [bossSchemaOf(schema)],
      );
      return rows[0] as { readonly whole: number; readonly by_index: number }; // selected above
    };
    const callAll = async (id: string) => {
      const { rows } = await client.query(claim.call, ['[1]', null, 1, 60_000, 'worker-1', 0]);
      await client.query(complete.call, [JSON.stringify([{ key: id, attempt: 1, result: DONE }])]);
      await client.query(add.call, ['[]', 'a name']);
      return rows;
    };
    try {
      // PostgreSQL decides after five calls whether it keeps a plan.
      for (let round = 0; round < 8; round++) await callAll(randomUUID());
      for (let index = 0; index < 5; index++) {
        await engine.add(Array.from({ length: 1_000 }, (_, row) => newWork({ priority: row % 5 })));
      }
      await client.query('BEGIN');
      const before = await scans(); // of earlier transactions, which PostgreSQL has not published yet
      expect(await callAll(randomUUID())).toMatchObject([{ attempt: 1 }]);
      const after = await scans();
      expect(after.whole).toBe(before.whole);
      expect(after.by_index).toBeGreaterThan(before.by_index);
      await client.query(`SELECT max(data::text) FROM ${bossSchemaOf(schema)}.job_common`);
      expect((await scans()).whole).toBeGreaterThan(after.whole); // this is how reading everything would show
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  });

  it('gives each version of this package functions of its own, beside those of others', async () => {
    const schema = newSchema();
    const { claim } = functionsOf(bossSchemaOf(schema));
    const first = await openIn(pool, schema);
    const work = newWork();
    await first.add([work]);
    // As a database that only another version has used.
    await pool.query(
      `ALTER FUNCTION ${bossSchemaOf(schema)}.${claim.name} RENAME TO ai_image_claim_of_another_version`,
    );
    const second = await openIn(pool, schema);
    expect(await second.claim(claiming)).toMatchObject([{ id: work.id }]);
    const { rows } = await pool.query(
      `SELECT p.proname AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
       WHERE n.nspname = $1 AND p.proname LIKE 'ai_image_claim%'`,
      [bossSchemaOf(schema)],
    );
    const names = rows.map(({ name }: { readonly name: string }) => name);
    expect(names.sort()).toEqual([claim.name, 'ai_image_claim_of_another_version'].sort());
  });
});

it('names the missing package pg-boss', async () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  for (const part of ['src', 'package.json']) await cp(join(root, part), join(folder(), part), { recursive: true });
  await mkdir(join(folder(), 'node_modules'));
  for (const name of ['zod', 'pg']) {
    await symlink(join(root, 'node_modules', name), join(folder(), 'node_modules', name));
  }
  const script = `
    import { openBoss } from './src/queue/pg-boss/open-boss.ts';
    await openBoss({}, 'x').catch(({ code, message, hint }) => console.log(code, message, hint));`;
  const options = ['--disable-warning=ExperimentalWarning', '--experimental-strip-types', '--input-type=module'];
  const { stdout } = await promisify(execFile)(process.execPath, [...options, '--eval', script], { cwd: folder() });
  expect(stdout.trim()).toBe(
    'not_configured a queue in PostgreSQL needs the package pg-boss, which is not installed Run: npm install pg-boss',
  );
});
