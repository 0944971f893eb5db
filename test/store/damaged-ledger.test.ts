/** Damaged ledgers and cached results. */
import { appendFile, mkdir, readFile, truncate, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createImageManager } from '../../src/index.ts';
import { PaidProvider, small } from '../manager/support.ts';
import { hashOf, own, sidecarOf, useUnmarkedStores } from './faulty-files.ts';
import { about, drawn, handleOf, saved, someBytes } from './sample-images.ts';
import { filesIn } from './support.ts';

const { open } = useUnmarkedStores();

describe('D13: a ledger', () => {
  async function spent() {
    const store = open();
    await saved(store, { usd: 0.25 });
    await store.ledger.reserve({ micros: 400_000, provider: 'p', model: 'm', images: 1 }, [{ name: 'day 2026-11-25' }]);
    await store.jobs.begin({ id: 'call-1', provider: 'p', model: 'm', reservation: 'r' });
    await store.jobs.submitted('call-1', handleOf('job-1'));
    await store.close();
    return store;
  }

  it.each([
    ['empty', () => new Uint8Array()],
    ['cut in the middle', (whole: Buffer) => whole.subarray(0, whole.length / 2)],
    ['missing its last byte', (whole: Buffer) => whole.subarray(0, whole.length - 1)],
    ['another file', (whole: Buffer) => someBytes(whole.length)],
    [
      'damaged in one page',
      (whole: Buffer) => Buffer.concat([whole.subarray(0, 4_096), someBytes(4_096), whole.subarray(8_192)]),
    ],
  ])('a ledger that is %s stops every call until it is repaired', async (_, tear) => {
    const store = await spent();
    await writeFile(own(store, 'money.db'), tear(await readFile(own(store, 'money.db'))));
    const torn = await hashOf(own(store, 'money.db'));
    const paid = new PaidProvider();
    const images = createImageManager({ providers: { paid }, store, budget: { perDayUsd: 10 } });
    for (let attempt = 1; attempt <= 2; attempt++) {
      await expect(images.generate(small)).rejects.toMatchObject({
        code: 'storage_failed',
        hint: expect.stringContaining('repairLedger'),
      });
    }
    expect([paid.bought, await hashOf(own(store, 'money.db'))]).toEqual([0, torn]);
    // Images do not depend on it.
    expect(await store.search()).toHaveLength(1);

    const { spendings, old } = await store.repairLedger();
    expect([spendings, await hashOf(old!)]).toEqual([1, torn]);
    await images.generate(small);
    const [{ createdAt } = { createdAt: '' }] = await store.search();
    expect(await store.ledger.taken(`day ${createdAt.slice(0, 10)}`)).toBeGreaterThanOrEqual(350_000);
  });

  it('a ledger that is undamaged passes its reservations and jobs to the repaired one', async () => {
    const store = await spent();
    expect(await store.repairLedger()).toMatchObject({ lost: [] });
    expect(await store.ledger.taken('day 2026-11-25')).toBeGreaterThanOrEqual(400_000);
    expect(await store.jobs.find('job-1')).toMatchObject({ id: 'call-1', state: 'running' });
  });

  it('a ledger that can be read in part passes on the other tables, and the repair names those that are lost', async () => {
    const store = await spent();
    await store.close();
    const { DatabaseSync } = await import('node:sqlite');
    const openOwn = () => new DatabaseSync(own(store, 'money.db'));
    const db = openOwn();
    // As tables of a queue. A row that breaks the rule of its table cannot be copied.
    db.exec(
      'CREATE TABLE sound (id TEXT); CREATE TABLE broken (id INTEGER CHECK (id > 0)); INSERT INTO sound VALUES (1)',
    );
    db.exec('PRAGMA ignore_check_constraints = ON; INSERT INTO broken VALUES (-1); DROP TABLE calls');
    db.close();
    const { lost } = await open().repairLedger();
    expect(lost).toEqual(['calls', 'jobs', 'spendings', 'usage_outbox', 'server_requests', 'broken']);
    const repaired = openOwn();
    expect(repaired.prepare('SELECT id FROM sound').all()).toEqual([{ id: '1' }]);
    repaired.close();
  });

  it.each([
    ['empty', ''],
    ['text', 'not a database '.repeat(100)],
  ])('a ledger that is %s loses all records, and the repair says so', async (_, content) => {
    const store = await spent();
    await writeFile(own(store, 'money.db'), content);
    expect((await store.repairLedger()).lost).toEqual([
      'calls',
      'jobs',
      'spendings',
      'usage_outbox',
      'server_requests',
    ]);
  });

  it('a ledger whose repair was interrupted cannot be used until it is repaired', async () => {
    const store = await spent();
    await writeFile(own(store, 'money.repair'), '');
    await expect(store.ledger.taken('day')).rejects.toMatchObject({ code: 'storage_failed' });
    await store.repairLedger();
    expect(await store.ledger.taken('day 2026-11-25')).toBeGreaterThanOrEqual(400_000);
  });

  it('is not repaired while another process uses it', async () => {
    const [store, other] = [await spent(), open()];
    await other.ledger.taken('day');
    await expect(store.repairLedger()).rejects.toMatchObject({ code: 'storage_failed' });
  });
});

describe('C07: a cached result', () => {
  async function cachedResult() {
    const store = open();
    const generation = drawn();
    const kept = await store.save(generation, about(generation));
    await store.cache.put('key', { ...generation, saved: kept });
    return { store, path: kept[0]!.path, bytes: generation.images[0].imageBytes };
  }

  it('is returned with its bytes, also in another process', async () => {
    const { store, bytes } = await cachedResult();
    await store.close();
    expect((await open().cache.get('key'))?.images[0].imageBytes).toEqual(bytes);
  });

  it('is returned when an older version recorded the saved files as `kept`', async () => {
    const { store, path } = await cachedResult();
    await store.close();
    const { DatabaseSync } = await import('node:sqlite');
    const db = new DatabaseSync(own(store, 'catalog.db'));
    const { changes } = db.prepare(`UPDATE results SET result = replace(result, '"saved":', '"kept":')`).run();
    db.close();
    expect(changes).toBe(1);
    const { saved } = (await open().cache.get('key'))!;
    expect(saved.map((each) => each.path)).toEqual([path]);
  });

  it.each([
    ['changed', (path: string) => appendFile(path, 'x')],
    ['truncated', (path: string) => truncate(path, 10)],
    ['missing', (path: string) => unlink(path)],
    ['without its sidecar', (path: string) => unlink(sidecarOf(path))],
    ['beside a damaged sidecar', (path: string) => truncate(sidecarOf(path), 100)],
    ['a folder', (path: string) => unlink(path).then(() => mkdir(path))],
  ])('is not used when its image is %s, and no file is changed', async (_, spoil) => {
    const { store, path } = await cachedResult();
    await spoil(path);
    const left = await filesIn(dirname(path));
    expect(await store.cache.get('key')).toBeUndefined();
    expect(await store.cache.get('key')).toBeUndefined();
    expect(await filesIn(dirname(path))).toEqual(left);
  });

  it('is not used when its record is damaged', async () => {
    const { store } = await cachedResult();
    await store.close();
    const { DatabaseSync } = await import('node:sqlite');
    for (const torn of ['', '{', '[]', 'null', '{"images":[]}', '{"images":[{"id":"../x"}]}']) {
      const db = new DatabaseSync(own(store, 'catalog.db'));
      db.prepare('INSERT OR REPLACE INTO results (key, made_at, result) VALUES (?, ?, ?)').run('key', '2026', torn);
      db.close();
      expect([torn, await store.cache.get('key')]).toEqual([torn, undefined]);
      await store.close();
    }
  });
});
