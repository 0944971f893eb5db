import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { AHEAD, DUE, EXPIRED, FIRST_OF_GROUP, NEXT_GROUP } from '../../src/queue/embedded/claim-work.ts';
import { createEmbeddedEngine } from '../../src/queue/embedded/create-embedded-engine.ts';
import { createQueue } from '../../src/queue/index.ts';
import type { NewWork } from '../../src/queue/queue-engine.ts';
import { engineOf } from '../../src/queue/queue-parts.ts';
import { createStore } from '../../src/store/index.ts';
import type { DoneListener, QueueLedger } from '../../src/store/ledger-access.ts';
import type { Database } from '../../src/store/sql/sql.ts';
import { openSqlite } from '../../src/store/sql/sqlite.ts';
import { LEDGER_SCHEMA } from '../../src/store/sql/tables.ts';
import { useFolder } from '../store/support.ts';
import { describeEngine } from './engine-suite.ts';

const folder = useFolder();

/** Opens the ledger as several processes do, each with a connection of its own, and a clock that the test advances. */
function openLedgers() {
  let now = Date.parse('2026-11-29T12:00:00Z');
  const databases: Database[] = [];
  return {
    now: () => now,
    pass: (ms: number) => {
      now += ms;
    },
    async open() {
      const database = await openSqlite(join(folder(), 'money.db'), LEDGER_SCHEMA);
      databases.push(database);
      const listeners = new Set<DoneListener>();
      const access: QueueLedger = {
        kind: 'sqlite',
        schema: undefined,
        database: async () => database,
        shared: () => Promise.reject(new Error('not a shared database')),
        onCallDone(listener) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
        now: () => now,
      };
      return { access, database, listeners };
    },
    close: () => Promise.all(databases.splice(0).map((each) => each.close())),
  };
}

describeEngine('in SQLite', async () => {
  const ledgers = openLedgers();
  return {
    open: async () => createEmbeddedEngine((await ledgers.open()).access),
    now: async () => ledgers.now(),
    pass: async (ms) => ledgers.pass(ms),
    close: async () => {
      await ledgers.close();
    },
  };
});

/** Opens one ledger and its engine. The suite above closes what it opens itself. */
function useLedger() {
  const ledgers = openLedgers();
  afterEach(() => ledgers.close());
  return {
    ...ledgers,
    async openEngine() {
      const ledger = await ledgers.open();
      return { ...ledger, engine: createEmbeddedEngine(ledger.access) };
    },
  };
}

const newWork = (more: Partial<NewWork> = {}): NewWork => ({
  id: randomUUID(),
  queue: 'images',
  payload: '{}',
  version: 1,
  priority: 0,
  runAtMs: 0,
  ...more,
});
const CLAIM = { worker: 'a test', leaseMs: 60_000, versions: [1] };

describe('a call that ends as done', () => {
  async function openStoreAndQueue() {
    const store = createStore({ directory: folder() });
    const queue = createQueue({ store });
    const { id } = await queue.enqueue({ prompt: 'a red fox' });
    const [claim] = await engineOf(queue).claim(CLAIM);
    if (claim === undefined) throw new Error('no work was claimed');
    await store.jobs.begin({ id, provider: 'stub', model: 'stub-1', reservation: 'none' });
    const close = async () => {
      await queue.close();
      await store.close();
    };
    return { store, queue, claim, id, close };
  }

  it('completes its work in the same transaction, and the worker may add its notes', async () => {
    const { store, queue, claim, id, close } = await openStoreAndQueue();
    await store.jobs.end(id, 'done', { artifacts: ['image-1'] });
    expect(await queue.find(id)).toMatchObject({ state: 'done', result: { artifacts: ['image-1'] } });
    const engine = engineOf(queue);
    expect(await engine.extend(claim, 1_000)).toBe('lost');
    const result = { artifacts: ['image-1'], notes: ['a note'] };
    expect(await engine.complete(claim, result)).toBe(true);
    expect((await queue.find(id))?.result).toEqual(result);
    expect(await engine.complete(claim, { ...result, notes: ['another'] })).toBe(true);
    expect((await queue.find(id))?.result).toEqual(result);
    await close();
  });

  it('completes work that was handed back in the meantime, because its images are there', async () => {
    const { store, queue, claim, id, close } = await openStoreAndQueue();
    await engineOf(queue).release(claim);
    await store.jobs.end(id, 'done', { artifacts: ['image-1'] });
    expect(await queue.find(id)).toMatchObject({ state: 'done' });
    expect(await engineOf(queue).claim(CLAIM)).toEqual([]);
    await close();
  });

  it('leaves its work to the worker when it failed', async () => {
    const { store, queue, id, close } = await openStoreAndQueue();
    await store.jobs.end(id, 'failed', { charged: 'no' });
    expect(await queue.find(id)).toMatchObject({ state: 'active' });
    await close();
  });

  it('is not undone by a ledger without a queue', async () => {
    const { store, id, close } = await openStoreAndQueue();
    const other = await openSqlite(join(folder(), '.ai-image', 'money.db'));
    await other.run('DROP TABLE work');
    await other.close();
    await store.jobs.end(id, 'done', { artifacts: ['image-1'] });
    expect((await store.jobs.find(id))?.state).toBe('done');
    await close();
  });

  it('changes nothing when its transaction fails', async () => {
    const ledgers = openLedgers();
    const { access, database, listeners } = await ledgers.open();
    const engine = createEmbeddedEngine(access);
    const work = newWork();
    await engine.add([work]);
    await engine.claim(CLAIM);
    const failing = database.transaction(async (sql) => {
      for (const listener of listeners) await listener(sql, { id: work.id, artifacts: ['image-1'] });
      throw new Error('the disk is full');
    });
    await expect(failing).rejects.toThrow('the disk is full');
    expect(await engine.find(work.id)).toMatchObject({ state: 'active' });
    await engine.close();
    expect(listeners.size).toBe(0);
    await ledgers.close();
  });
});

describe('the embedded engine', () => {
  const ledger = useLedger();

  it('finds the next, due and expired work through an index each, however much waits', async () => {
    const { engine, database } = await ledger.openEngine();
    await engine.add([newWork()]);
    const plansOf = async (text: string, ...values: (string | number)[]) =>
      (await database.all(`EXPLAIN QUERY PLAN ${text}`, ...values)).map(({ detail }) => String(detail));
    const statements = [
      plansOf(NEXT_GROUP, '', '', -1),
      plansOf(FIRST_OF_GROUP, 'images', '', 1, 1),
      plansOf(DUE, 0),
      plansOf(EXPIRED, 0),
      plansOf(AHEAD, 0),
    ];
    for (const plan of await Promise.all(statements)) {
      expect(plan).toEqual([
        expect.stringMatching(/^SEARCH work USING (?:COVERING )?INDEX work_(?:ready|scheduled|leases) /),
      ]);
    }
    // The check finds a statement that reads everything.
    expect(await plansOf('SELECT id FROM work WHERE worker = ?', 'x')).toEqual(['SCAN work']);
  });

  it('makes scheduled work ready in portions, and hands out all of it', async () => {
    const { engine } = await ledger.openEngine();
    const runAtMs = ledger.now() + 60_000;
    await engine.add(Array.from({ length: 1_500 }, () => newWork({ runAtMs })));
    ledger.pass(60_001);
    const claimed = new Set<string>();
    for (let claims = await engine.claim({ ...CLAIM, count: 700 }); claims.length > 0; ) {
      for (const { id } of claims) claimed.add(id);
      claims = await engine.claim({ ...CLAIM, count: 700 });
    }
    expect(claimed.size).toBe(1_500);
  });

  it('Q11: keeps acknowledged work on a full disk, and says that the storage failed', async () => {
    const { engine, database } = await ledger.openEngine();
    const kept = newWork();
    await engine.add([kept]);
    const [size] = await database.all('PRAGMA page_count');
    await database.all(`PRAGMA max_page_count = ${Number(size?.page_count) + 2}`);
    const error = await engine.add([newWork({ payload: 'x'.repeat(60_000) })]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'storage_failed', message: expect.stringContaining('full') });
    expect(error).toMatchObject({ message: expect.not.stringContaining('xxx') });
    expect((await engine.claim(CLAIM)).map(({ id }) => id)).toEqual([kept.id]);
  });

  it('commits changes at the same time together, and a failed one spoils no other', async () => {
    const { engine, access, database } = await ledger.openEngine();
    let transactions = 0;
    const counting: QueueLedger = {
      ...access,
      database: async () => counted,
    };
    const counted: Database = {
      ...database,
      transaction(work) {
        transactions++;
        return database.transaction(work);
      },
    };
    const counter = createEmbeddedEngine(counting);
    await counter.find('x');
    await Promise.all(Array.from({ length: 20 }, () => counter.add([newWork()])));
    expect(transactions).toBe(1);

    const mixed = await Promise.allSettled([
      engine.add([newWork({ id: 'first' })]),
      engine.add([newWork({ priority: Number.NaN })]),
      engine.add([newWork({ id: 'third' })]),
    ]);
    expect(mixed.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await engine.find('third')).toBeDefined();
  });

  it('waits no longer than until scheduled work is due, a lease ends, or a pause ends', async () => {
    const { engine } = await ledger.openEngine();
    const never = new AbortController().signal;
    const waitFor = async (ms: number) => {
      expect(await engine.claim(CLAIM)).toEqual([]);
      const waiting = engine.wait(600_000, never);
      ledger.pass(ms);
      await waiting;
      const claims = await engine.claim(CLAIM);
      expect(claims).toHaveLength(1);
    };
    await engine.add([newWork({ runAtMs: ledger.now() + 10_000 })]);
    await waitFor(10_000);
    await waitFor(60_000); // its lease
    await engine.add([newWork({ provider: 'stub' })]);
    await engine.pause({ kind: 'provider', name: 'stub', untilMs: ledger.now() + 5_000, reason: 'a test' });
    await waitFor(5_000);
  });

  it('wakes an engine of the same process that has the same connection', async () => {
    const { engine, access } = await ledger.openEngine();
    const other = createEmbeddedEngine(access);
    await engine.claim(CLAIM);
    const waiting = engine.wait(600_000, new AbortController().signal);
    await other.add([newWork()]);
    await waiting;
  });

  it('is opened by several processes at the same time', async () => {
    const engines = await Promise.all(Array.from({ length: 5 }, () => ledger.openEngine()));
    await Promise.all(engines.map(({ engine }) => engine.add([newWork()])));
    expect(await engines[0]?.engine.list()).toHaveLength(5);
  });
});

describe('store.repairLedger', () => {
  it('keeps the work and the pauses of the queue', async () => {
    const store = createStore({ directory: folder() });
    const queue = createQueue({ store });
    const { id } = await queue.enqueue({ prompt: 'a red fox' }, { priority: 5 });
    await queue.pause({ kind: 'queue', name: 'slow', reason: 'a test' });
    const before = await queue.find(id);
    await store.repairLedger();
    expect(await queue.find(id)).toEqual(before);
    expect(await queue.pauses()).toHaveLength(1);
    expect(await queue.cancel(id)).toBe('removed');
    await queue.close();
    await store.close();
  });
});
