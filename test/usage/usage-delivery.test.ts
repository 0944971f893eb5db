/** What a sink gets, and when: each recorded cost at least once, whatever fails. */
import { afterAll, describe, expect, it } from 'vitest';
import { ledgerAccessOf } from '../../src/store/ledger-access.ts';
import { removeUsageSink, usageSinkStates } from '../../src/usage/index.ts';
import { PaidProvider, small } from '../manager/support.ts';
import { useFolder } from '../store/support.ts';
import { openTestDatabase } from '../support/postgres-server.ts';
import { createHangingSink, createSink, type Place, type TestSink, useShops } from './support.ts';

const database = await openTestDatabase();
afterAll(() => database.close());
const folder = useFolder();
const openShop = useShops(folder);
const expected = { micros: 100_000, provider: 'p', model: 'm', images: 1 };

describe.each<Place>(['a file', 'PostgreSQL'])('with a ledger in %s', (place) => {
  const pool = place === 'PostgreSQL' ? database.pool : undefined;
  const open = (...[sinks, more]: Parameters<typeof openShop>) => openShop(sinks, { pool, ...more });
  const reserveCall = async ({ store }: ReturnType<typeof open>, id: string) => {
    const reservation = await store.ledger.reserve(expected, [{ name: 'day 2026-11-29' }]);
    if (typeof reservation !== 'string') throw new Error('refused');
    await store.jobs.begin({ id, provider: 'p', model: 'm', reservation });
    return reservation;
  };

  it('delivers the cost of a call with its key, its images and its cost center, and no prompt', async () => {
    const sink = createSink();
    const { manager, usage } = open([sink]);
    const request = { ...small, n: 2, metadata: { costCenter: 'shop-7' } };
    const callId = 'a'.repeat(32);
    const { saved } = await manager.generate(request, { callId });
    expect(await usage.flush()).toBe(0);
    expect(sink.records).toEqual([
      {
        ...{ id: callId, call: callId, revision: 1, isCorrection: false, provider: 'paid', images: 2 },
        ...{ costUsd: '0.200000', basis: 'reported', costCenter: 'shop-7', artifacts: saved.map(({ id }) => id) },
        ...{ at: expect.any(String), recordedAt: expect.any(String), model: expect.any(String) },
      },
    ]);
    expect(JSON.stringify(sink.records)).not.toContain(small.prompt);
  });

  it('delivers soon after a call, without a flush', async () => {
    const sink = createSink();
    const { manager } = open([sink]);
    await manager.generate(small);
    await sink.calls(1);
    expect(sink.records).toHaveLength(1);
  });

  it('sends a later amount again, with the same id and a higher revision', async () => {
    const sink = createSink();
    const shop = open([sink]);
    const id = await reserveCall(shop, 'b'.repeat(32));
    await shop.store.ledger.recordCost(id, 70_000, 'estimated');
    await shop.usage.flush();
    await shop.store.ledger.recordCost(id, 60_001, 'reported');
    await shop.usage.flush();
    expect(
      sink.records.map(({ id: key, revision, isCorrection, basis, costUsd }) => [
        key,
        revision,
        isCorrection,
        basis,
        costUsd,
      ]),
    ).toEqual([
      ['b'.repeat(32), 1, false, 'estimated', '0.070000'],
      ['b'.repeat(32), 2, true, 'reported', '0.060001'],
    ]);
  });

  it('sends only the last of several amounts that a sink does not have yet', async () => {
    const sink = createSink();
    const shop = open([sink]);
    const id = await reserveCall(shop, 'c'.repeat(32));
    await shop.store.ledger.recordCost(id, 70_000, 'estimated');
    await shop.store.ledger.recordCost(id, 80_000, 'settled');
    await shop.usage.flush();
    expect(sink.records).toMatchObject([{ revision: 2, isCorrection: false, basis: 'settled', costUsd: '0.080000' }]);
  });

  it('tells that nothing was charged, and nothing of a reservation whose call was never sent', async () => {
    const sink = createSink();
    const shop = open([sink]);
    const sent = await reserveCall(shop, 'd'.repeat(32));
    const unsent = await shop.store.ledger.reserve(expected, []);
    await shop.store.ledger.release(sent);
    await shop.store.ledger.release(unsent as string);
    await shop.usage.flush();
    expect(sink.records).toMatchObject([{ id: 'd'.repeat(32), basis: 'released', images: 0, costUsd: '0.000000' }]);
  });

  it('takes back that nothing was charged when the image arrives after all', async () => {
    const sink = createSink();
    const shop = open([sink]);
    const id = await reserveCall(shop, '9'.repeat(32));
    await shop.store.ledger.release(id);
    await shop.usage.flush();
    await shop.store.ledger.raiseReservation(id, 50_000);
    await shop.store.ledger.recordCost(id, 50_000);
    await shop.usage.flush();
    expect(sink.records).toMatchObject([
      { revision: 1, basis: 'released', costUsd: '0.000000' },
      { revision: 2, basis: 'reported', costUsd: '0.050000', isCorrection: true },
    ]);
  });

  it('adds its tables to a ledger of an earlier version', async () => {
    const old = open([]);
    await old.manager.generate(small);
    const names = ['usage_sinks', 'usage_outbox'];
    const { database: openLedger, schema } = ledgerAccessOf(old.store, 'the test');
    for (const name of names) {
      if (pool) await pool.query(`DROP TABLE "${schema}".${name}`);
      else await (await openLedger()).run(`DROP TABLE ${name}`);
    }
    await old.close();
    const sink = createSink();
    const { manager, usage } = open([sink]);
    await manager.generate(small);
    await usage.flush();
    expect(sink.records).toHaveLength(1);
  });

  it('gives each submit of a call a record of its own', async () => {
    const sink = createSink();
    const providers = { refuses: new PaidProvider({ fail: 'unavailable', id: 'refuses' }), paid: new PaidProvider() };
    const { manager, usage } = open([sink], { manager: { providers } });
    const callId = 'e'.repeat(32);
    const { saved } = await manager.generate({ ...small, provider: 'refuses', fallback: ['paid'] }, { callId });
    await usage.flush();
    const shown = sink.records.map(({ id, call, basis, artifacts }) => ({ id, call, basis, artifacts }));
    expect(shown).toContainEqual({ id: `${callId}-2`, call: callId, basis: 'reported', artifacts: [saved[0]!.id] });
    for (const { id, artifacts } of shown) if (id === callId) expect(artifacts).toEqual([]);
  });

  it('refuses to deliver after it was closed', async () => {
    const { usage } = open([createSink()]);
    await usage.close();
    await expect(usage.flush()).rejects.toMatchObject({ code: 'invalid_request', charged: 'no' });
  });

  it('keeps the records of a failing sink, while another sink gets its own', async () => {
    const [broken, sound] = [createSink('broken'), createSink('sound')];
    const troubles: unknown[] = [];
    broken.failWith(new Error('no access to https://example.com/hook?key=very-secret-value-1234567890'));
    const { manager, usage, store } = open([broken, sound], { onTrouble: (trouble) => troubles.push(trouble) });
    for (let call = 0; call < 3; call++) await manager.generate(small);
    expect(await usage.flush()).toBe(3);
    expect(sound.records).toHaveLength(3);
    const states = await usageSinkStates(store);
    expect(states).toMatchObject([
      { name: 'broken', waiting: 3, lastError: 'no access to https://example.com', retryAt: expect.any(String) },
      { name: 'sound', waiting: 0, failures: 0 },
    ]);
    expect(troubles[0]).toMatchObject({ sink: 'broken', failures: 1, message: 'no access to https://example.com' });
    // Tried again by itself when its time has come.
    broken.failWith(undefined);
    const idsOf = ({ records }: TestSink) => new Set(records.map(({ id }) => id));
    // On a slow machine it failed more than once, and gets the records in parts.
    for (let calls = 1; idsOf(broken).size < 3; calls++) await broken.calls(calls);
    expect(idsOf(broken)).toEqual(idsOf(sound));
  });

  it('does not keep a call waiting for a sink that never answers', async () => {
    const hanging = createHangingSink();
    const { manager, usage, store } = open([hanging]);
    await manager.generate(small);
    await hanging.called;
    // The sink holds its batch, and the next call is not affected.
    await manager.generate(small);
    await usage.close({ timeoutMs: 1 });
    expect(await usageSinkStates(store)).toMatchObject([{ waiting: 2, failures: 0 }]);
  });

  it('ends the delivery to a sink that does not answer in time, and counts it as a failure', async () => {
    const hanging = createHangingSink();
    const { manager, usage, store } = open([hanging], { timeoutMs: 50 });
    await manager.generate(small);
    expect(await usage.flush()).toBe(1);
    expect(await usageSinkStates(store)).toMatchObject([{ waiting: 1, lastError: 'no answer within 0.05 s' }]);
  });

  it('delivers in a later process what an earlier one left', async () => {
    const first = createHangingSink('file');
    const shop = open([first]);
    const { saved } = await shop.manager.generate(small);
    await shop.manager.close();
    await shop.usage.close({ timeoutMs: 1 });
    await shop.store.close();
    const second = createSink('file');
    expect(await open([second]).usage.flush()).toBe(0);
    expect(second.records).toMatchObject([{ artifacts: [saved[0]!.id] }]);
  });

  it('writes nothing to the outbox of a store without sinks, and a new sink starts from now', async () => {
    const shop = open([]);
    await shop.manager.generate(small);
    const db = await ledgerAccessOf(shop.store, 'the test').database();
    expect(await db.all('SELECT * FROM usage_outbox')).toEqual([]);
    const sink = createSink();
    const later = open([sink]);
    expect(await later.usage.flush()).toBe(0);
    await later.manager.generate(small);
    await later.usage.flush();
    expect(sink.records).toHaveLength(1);
  });

  it('gets the costs that a process without the delivery records', async () => {
    const sink = createSink();
    const { usage } = open([sink]);
    await usage.flush();
    await open([]).manager.generate(small);
    await usage.flush();
    expect(sink.records).toHaveLength(1);
  });

  it('removes a sink that no process has any more, with its records, and says so', async () => {
    const old = open([createHangingSink('old')]);
    await old.manager.generate(small);
    await old.usage.close({ timeoutMs: 1 });
    const troubles: string[] = [];
    const later = open([createSink('new')], { forgetAfterMs: 0, onTrouble: ({ message }) => troubles.push(message) });
    // The clock of the ledger has moved on by then.
    while ((await usageSinkStates(later.store)).some(({ name }) => name === 'old')) {
      await open([createSink('new')], {
        forgetAfterMs: 0,
        onTrouble: ({ message }) => troubles.push(message),
      }).usage.flush();
    }
    expect(troubles).toEqual(['no process has old any more: removed, with 1 records']);
    expect(await (await ledgerAccessOf(later.store, 'the test').database()).all('SELECT * FROM usage_outbox')).toEqual(
      [],
    );
  });

  it('removes a sink on request', async () => {
    const shop = open([createHangingSink('old')]);
    await shop.manager.generate(small);
    await shop.usage.close({ timeoutMs: 1 });
    expect(await removeUsageSink(shop.store, 'old')).toBe(1);
    expect(await usageSinkStates(shop.store)).toEqual([]);
  });

  it('delivers 250 records in batches of at most 100, first recorded first', async () => {
    let time = Date.UTC(2026, 10, 29);
    const sink = createSink();
    const shop = open([sink], { settings: { now: () => time++ } });
    await shop.usage.flush();
    await shop.usage.close();
    const filling = open([createHangingSink(sink.name)], { settings: { now: () => time++ } });
    for (let at = 0; at < 250; at++) {
      const id = await reserveCall(filling, `${at}`.padStart(32, 'f'));
      await filling.store.ledger.recordCost(id, at);
    }
    await filling.usage.close({ timeoutMs: 1 });
    const last = open([sink], { settings: { now: () => time++ } });
    expect(await last.usage.flush()).toBe(0);
    expect(sink.batches.map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(sink.records.map(({ costUsd }) => Number(costUsd) * 1e6)).toEqual(
      Array.from({ length: 250 }, (_, at) => expect.closeTo(at)),
    );
  });

  it('keeps the waiting records when the ledger is repaired', async () => {
    const shop = open([createHangingSink('file')]);
    await shop.manager.generate(small);
    await shop.manager.close();
    await shop.usage.close({ timeoutMs: 1 });
    await shop.store.repairLedger();
    await shop.store.close();
    const sink = createSink('file');
    expect(await open([sink]).usage.flush()).toBe(0);
    expect(sink.records).toMatchObject([{ costUsd: '0.100000', revision: 1 }]);
  });
});

it('keeps the waiting records when a store moves from a file to PostgreSQL', async () => {
  const shop = openShop([createHangingSink('file')]);
  await shop.manager.generate(small);
  await shop.close();
  const sink = createSink('file');
  expect(await openShop([sink], { pool: database.pool }).usage.flush()).toBe(0);
  expect(sink.records).toMatchObject([{ costUsd: '0.100000' }]);
});

it('opens nothing before the first call, and nothing at all when no call is made', async () => {
  const sink = createSink();
  const { usage, store } = openShop([sink]);
  await usage.close();
  const { existsSync } = await import('node:fs');
  expect(existsSync(store.directory)).toBe(false);
});

it.each([
  [['a', 'a'], 'two sinks have the name a'],
  [['a b'], 'the name of a sink must be'],
])('refuses sinks with the names %j', (names, message) => {
  expect(() => openShop(names.map((name) => createSink(name)))).toThrow(message);
});
