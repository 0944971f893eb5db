/**
 * What every engine of the queue promises, as tests: each sentence of src/queue/queue-engine.ts. Knows no database. Two engines on one
 * database stand for two processes.
 */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Claim, MAX_EXPIRATIONS, type NewWork, type QueueEngine } from '../../src/queue/queue-engine.ts';

export interface OpenedEngines {
  /** Opens a further engine on the same, at first empty, database. The suite closes it. */
  readonly open: () => Promise<QueueEngine>;
  /** Milliseconds since the epoch, as the engines see it. */
  readonly now: () => Promise<number>;
  /** Lets time pass for all engines: advances an injected clock, or moves the times in the database into the past. */
  readonly pass: (ms: number) => Promise<void>;
  readonly close?: () => Promise<void>;
}

const LEASE_MS = 60_000;
const MINUTE_MS = 60_000;
/** For clocks that cannot be stopped: how much two times that should be equal may differ. */
const TOLERANCE_MS = 5_000;
/** Far longer than a test may take. A test that reaches it has failed. */
const NEVER_MS = 600_000;

const ERROR = { code: 'unavailable', message: 'stub: the service is down', hint: 'Wait.', charged: 'no' } as const;
const DONE = { artifacts: ['image-1', 'image-2'] };

export function describeEngine(name: string, openEngines: () => Promise<OpenedEngines>): void {
  describe(`the queue engine ${name}`, () => {
    let engines: OpenedEngines;
    let one: QueueEngine;
    let other: QueueEngine;
    beforeEach(async () => {
      engines = await openEngines();
      one = await engines.open();
      other = await engines.open();
    });
    afterEach(async () => {
      await one.close();
      await other.close();
      await engines.close?.();
    });

    const newWork = async (more: Partial<NewWork> = {}): Promise<NewWork> => ({
      id: randomUUID(),
      queue: 'images',
      payload: '{"request":{"prompt":"a red fox"}}',
      version: 1,
      priority: 0,
      runAtMs: await engines.now(),
      ...more,
    });
    const add = async (more: Partial<NewWork> = {}) => {
      const work = await newWork(more);
      expect(await one.add([work])).toEqual(['added']);
      return work;
    };
    const claim = (engine = one, more: Partial<Parameters<QueueEngine['claim']>[0]> = {}) =>
      engine.claim({ worker: 'worker-1', leaseMs: LEASE_MS, versions: [1], ...more });
    const claimOne = async (engine = one): Promise<Claim> => {
      const [claimed] = await claim(engine);
      if (claimed === undefined) throw new Error('no work was claimed');
      return claimed;
    };
    const stateOf = async (id: string) => (await other.find(id))?.state;

    describe('add', () => {
      it('stores work as it was given, visible to every process', async () => {
        const payload = JSON.stringify({ prompt: 'ein Fuchs 🦊 "\\ \u2028 %_\'', text: 'x'.repeat(60_000) });
        const work = await add({ payload, provider: 'openai', priority: -7, queue: 'slow' });
        const found = await other.find(work.id);
        expect(found).toMatchObject({
          ...work,
          state: 'waiting',
          attempt: 0,
          failures: 0,
          expirations: 0,
          isCancelRequested: false,
        });
        expect(Math.abs((found?.createdAtMs ?? 0) - (await engines.now()))).toBeLessThan(TOLERANCE_MS);
        for (const absent of ['error', 'result', 'endedAtMs', 'leaseUntilMs', 'worker']) {
          expect(found).not.toHaveProperty(absent);
        }
      });

      it('adds an id once, whichever process adds it, and does not change it', async () => {
        const work = await add();
        const changed = { ...work, payload: '{}', priority: 50, queue: 'others' };
        expect(await other.add([changed])).toEqual(['known']);
        expect(await one.find(work.id)).toMatchObject(work);
        const repeated = await newWork();
        expect(await one.add([repeated, repeated])).toEqual(['added', 'known']);
      });

      it('knows an id in every state', async () => {
        const work = await add();
        await one.complete(await claimOne(), DONE);
        expect(await other.add([work])).toEqual(['known']);
        expect(await stateOf(work.id)).toBe('done');
      });

      it('answers in the order of the work, new and known mixed', async () => {
        const known = await add();
        const works = [await newWork(), known, await newWork({ queue: 'others' })];
        expect(await one.add(works)).toEqual(['added', 'known', 'added']);
        expect(await one.add([])).toEqual([]);
      });

      it('adds none of several when one cannot be stored', async () => {
        const good = await newWork();
        await expect(one.add([good, await newWork({ priority: Number.NaN })])).rejects.toThrow();
        expect(await one.find(good.id)).toBeUndefined();
      });

      it('adds an id once when two processes add it at the same time', async () => {
        const work = await newWork();
        const outcomes = await Promise.all([one.add([work]), other.add([work])]);
        expect(outcomes.flat().sort()).toEqual(['added', 'known']);
      });
    });

    describe('claim', () => {
      it('hands over work with its payload, counts the attempt, and names the worker', async () => {
        const work = await add({ provider: 'openai' });
        const [claimed] = await claim(one, { worker: 'machine-1:42' });
        const { id, queue, provider, payload, version } = work;
        expect(claimed).toEqual({ id, queue, provider, payload, version, attempt: 1, failures: 0, expirations: 0 });
        const found = await other.find(id);
        expect(found).toMatchObject({ state: 'active', attempt: 1, worker: 'machine-1:42' });
        const leaseMs = (found?.leaseUntilMs ?? 0) - (await engines.now());
        expect(Math.abs(leaseMs - LEASE_MS)).toBeLessThan(TOLERANCE_MS);
      });

      it('returns nothing when no work waits', async () => {
        expect(await claim()).toEqual([]);
      });

      it('Q05: gives each piece of work to one worker, also when many claim at the same time', async () => {
        const works = await Promise.all(Array.from({ length: 20 }, () => newWork()));
        await one.add(works);
        const claims = await Promise.all(
          Array.from({ length: 12 }, (_, index) => claim(index % 2 === 0 ? one : other, { count: 2 })),
        );
        const ids = claims.flat().map(({ id }) => id);
        expect(ids.sort()).toEqual(works.map(({ id }) => id).sort());
      });

      it('returns up to `count`, one by default', async () => {
        await one.add([await newWork(), await newWork(), await newWork()]);
        expect(await claim()).toHaveLength(1);
        expect(await claim(one, { count: 10 })).toHaveLength(2);
      });

      it('takes the oldest first, and higher priorities before it', async () => {
        const ids: string[] = [];
        for (const priority of [0, 0, 5, -5, 100]) {
          ids.push((await add({ priority })).id);
          await engines.pass(10);
        }
        const [first, second, higher, lower, highest] = ids;
        const claims = await claim(one, { count: 5 });
        expect(claims.map(({ id }) => id)).toEqual([highest, higher, first, second, lower]);
      });

      it('Q13: a minute of waiting counts as 1, so a flood of high priority does not starve the low', async () => {
        const low = await add({ priority: 0 });
        await engines.pass(9.5 * MINUTE_MS);
        const before = await add({ priority: 10 });
        const first = await claimOne();
        expect(first.id).toBe(before.id);
        await one.complete(first, DONE);
        await engines.pass(MINUTE_MS);
        await add({ priority: 10 });
        expect((await claimOne()).id).toBe(low.id);
      });

      it('takes only work of the given queues', async () => {
        await add({ queue: 'slow' });
        const fast = await add({ queue: 'fast' });
        const thumbs = await add({ queue: 'thumbs' });
        const claims = await claim(one, { count: 9, queues: ['fast', 'thumbs'] });
        expect(claims.map(({ id }) => id).sort()).toEqual([fast.id, thumbs.id].sort());
      });

      it('leaves work that the worker cannot read', async () => {
        const newer = await add({ version: 2 });
        expect(await claim()).toEqual([]);
        expect(await stateOf(newer.id)).toBe('waiting');
        expect(await claim(one, { versions: [1, 2] })).toHaveLength(1);
      });

      it('finds work behind a great deal that it may not take', async () => {
        const unreadable = await Promise.all(Array.from({ length: 150 }, () => newWork({ version: 2, priority: 100 })));
        const paused = await Promise.all(
          Array.from({ length: 150 }, () => newWork({ provider: 'down', priority: 100 })),
        );
        await one.add([...unreadable, ...paused]);
        await one.pause({ kind: 'provider', name: 'down', reason: 'its quota is used up' });
        const { id } = await add({ priority: -100 });
        expect((await claim(one, { count: 5 })).map((each) => each.id)).toEqual([id]);
      });

      it('leaves work until its start', async () => {
        const { id } = await add({ runAtMs: (await engines.now()) + 10 * MINUTE_MS });
        expect(await claim()).toEqual([]);
        await engines.pass(10 * MINUTE_MS + 1);
        expect((await claimOne()).id).toBe(id);
      });
    });

    describe('a lease', () => {
      it('ends when it is not extended: the work waits again, and a further attempt gets it', async () => {
        const { id } = await add();
        await claimOne(one);
        expect(await claim(other)).toEqual([]);
        await engines.pass(LEASE_MS + 1);
        expect(await claimOne(other)).toMatchObject({ id, attempt: 2, expirations: 1, failures: 0 });
      });

      it('is extended', async () => {
        await add();
        const claimed = await claimOne(one);
        await engines.pass(LEASE_MS * 0.75);
        expect(await one.extend(claimed, LEASE_MS)).toBe('held');
        await engines.pass(LEASE_MS * 0.75);
        expect(await claim(other)).toEqual([]);
        expect(await one.extend(claimed, LEASE_MS)).toBe('held');
      });

      it('can be ended early by extending it by nothing', async () => {
        await add();
        await one.extend(await claimOne(one), 0);
        await engines.pass(1);
        expect(await claimOne(other)).toMatchObject({ attempt: 2 });
      });

      it('Q06: refuses every write of an attempt that lost it', async () => {
        const { id } = await add();
        const late = await claimOne(one);
        await engines.pass(LEASE_MS + 1);
        const current = await claimOne(other);

        expect(await one.extend(late, LEASE_MS)).toBe('lost');
        expect(await one.complete(late, DONE)).toBe(false);
        expect(await one.fail(late, ERROR, 'dead')).toBe(false);
        expect(await one.release(late, { countsAsFailure: true })).toBe(false);
        expect(await other.find(id)).toMatchObject({ state: 'active', attempt: 2, failures: 0 });
        expect(await other.complete(current, DONE)).toBe(true);
        expect(await one.complete(late, { artifacts: ['another'] })).toBe(false);
        expect((await one.find(id))?.result).toEqual(DONE);
      });

      it(`makes the work dead after ${MAX_EXPIRATIONS} ended leases, with the reason`, async () => {
        const { id } = await add();
        for (let expirations = 0; expirations < MAX_EXPIRATIONS; expirations++) {
          expect(await claimOne()).toMatchObject({ attempt: expirations + 1, expirations });
          await engines.pass(LEASE_MS + 1);
        }
        expect(await claim(other)).toEqual([]);
        const dead = await other.find(id);
        expect(dead).toMatchObject({ state: 'dead', expirations: MAX_EXPIRATIONS });
        expect(dead?.error?.message).toContain(String(MAX_EXPIRATIONS));
        expect(dead?.error?.hint).toBeTypeOf('string');
        expect(dead?.endedAtMs).toBeGreaterThan(0);
      });
    });

    describe('complete', () => {
      it('ends the work with its images', async () => {
        const { id } = await add();
        const result = { ...DONE, notes: ['the cost was written later'] };
        expect(await one.complete(await claimOne(), result)).toBe(true);
        const found = await other.find(id);
        expect(found).toMatchObject({ state: 'done', result, attempt: 1 });
        expect(Math.abs((found?.endedAtMs ?? 0) - (await engines.now()))).toBeLessThan(TOLERANCE_MS);
        expect(found).not.toHaveProperty('leaseUntilMs');
        expect(found).not.toHaveProperty('error');
      });

      it('replaces the payload, if another one was given for done work', async () => {
        const { id, payload } = await add({ donePayload: '{"request":{"prompt":"(a hash)"}}' });
        const claimed = await claimOne();
        expect(claimed.payload).toBe(payload);
        await one.complete(claimed, DONE);
        expect(await other.find(id)).toMatchObject({ state: 'done', payload: '{"request":{"prompt":"(a hash)"}}' });
      });

      it('changes nothing when it is repeated', async () => {
        const { id } = await add();
        const claimed = await claimOne();
        await one.complete(claimed, DONE);
        expect(await one.complete(claimed, DONE)).toBe(true);
        expect(await other.complete(claimed, { artifacts: ['another'] })).toBe(true);
        expect((await other.find(id))?.result).toEqual(DONE);
      });

      it('removes the error of an earlier attempt', async () => {
        const { id } = await add();
        await one.release(await claimOne(), { error: ERROR });
        await one.complete(await claimOne(), DONE);
        expect(await other.find(id)).not.toHaveProperty('error');
      });
    });

    describe('fail', () => {
      it.each(['dead', 'unknown', 'cancelled'] as const)('ends the work as %s, with the reason', async (state) => {
        const { id } = await add();
        expect(await one.fail(await claimOne(), ERROR, state)).toBe(true);
        const found = await other.find(id);
        expect(found).toMatchObject({ state, error: ERROR });
        expect(found?.endedAtMs).toBeGreaterThan(0);
        expect(found).not.toHaveProperty('result');
        await engines.pass(LEASE_MS + 1);
        expect(await claim(other)).toEqual([]);
      });
    });

    describe('release', () => {
      it('hands the work back at once, without counting a failure', async () => {
        const { id } = await add();
        expect(await one.release(await claimOne())).toBe(true);
        const found = await other.find(id);
        expect(found).toMatchObject({ state: 'waiting', failures: 0, expirations: 0, attempt: 1 });
        expect(found).not.toHaveProperty('leaseUntilMs');
        expect(await claimOne(other)).toMatchObject({ id, attempt: 2 });
      });

      it('waits, keeps the reason, and counts the failure when asked', async () => {
        const { id } = await add();
        await one.release(await claimOne(), { delayMs: 5 * MINUTE_MS, error: ERROR, countsAsFailure: true });
        expect(await other.find(id)).toMatchObject({ state: 'waiting', failures: 1, error: ERROR });
        expect(await claim(other)).toEqual([]);
        await engines.pass(5 * MINUTE_MS + 1);
        expect(await claimOne(other)).toMatchObject({ id, attempt: 2, failures: 1 });
      });

      it('refuses a second release and every other write of the attempt', async () => {
        await add();
        const claimed = await claimOne();
        await one.release(claimed);
        expect(await one.release(claimed)).toBe(false);
        expect(await one.extend(claimed, LEASE_MS)).toBe('lost');
        expect(await one.complete(claimed, DONE)).toBe(false);
      });
    });

    describe('cancel', () => {
      it('Q14: removes waiting work, which is never claimed', async () => {
        const { id } = await add();
        expect(await other.cancel(id)).toBe('removed');
        expect(await one.find(id)).toMatchObject({ state: 'cancelled' });
        expect((await one.find(id))?.endedAtMs).toBeGreaterThan(0);
        expect(await claim()).toEqual([]);
      });

      it('removes scheduled work', async () => {
        const { id } = await add({ runAtMs: (await engines.now()) + MINUTE_MS });
        expect(await other.cancel(id)).toBe('removed');
        await engines.pass(MINUTE_MS + 1);
        expect(await claim()).toEqual([]);
      });

      it('Q14: asks the worker of active work, which may still complete it', async () => {
        const { id } = await add();
        const claimed = await claimOne(one);
        expect(await other.cancel(id)).toBe('asked');
        expect(await other.cancel(id)).toBe('asked');
        expect(await other.find(id)).toMatchObject({ state: 'active', isCancelRequested: true });
        expect(await one.extend(claimed, LEASE_MS)).toBe('cancel');
        expect(await one.fail(claimed, ERROR, 'cancelled')).toBe(true);
        expect(await stateOf(id)).toBe('cancelled');

        const second = await add();
        const late = await claimOne(one);
        await other.cancel(second.id);
        expect(await one.complete(late, DONE)).toBe(true);
      });

      it('still asks the next worker when the first one died', async () => {
        const { id } = await add();
        await claimOne(one);
        await other.cancel(id);
        await engines.pass(LEASE_MS + 1);
        const next = await claimOne(other);
        expect(await other.extend(next, LEASE_MS)).toBe('cancel');
      });

      it('does nothing when the work has ended, or does not exist', async () => {
        const { id } = await add();
        await one.complete(await claimOne(), DONE);
        expect(await other.cancel(id)).toBe('gone');
        expect(await stateOf(id)).toBe('done');
        expect(await other.cancel(randomUUID())).toBe('gone');
      });
    });

    describe('retry', () => {
      it('keeps the payload of work that was dead, for its next attempt', async () => {
        const { id, payload } = await add({ donePayload: '{}' });
        await one.fail(await claimOne(), ERROR, 'dead');
        expect(await one.retry(id)).toBe(true);
        expect((await claimOne()).payload).toBe(payload);
      });

      it.each(['dead', 'unknown', 'cancelled'] as const)('makes %s work wait again from the start', async (state) => {
        const { id } = await add();
        await one.release(await claimOne(), { countsAsFailure: true });
        await one.fail(await claimOne(), ERROR, state);
        expect(await other.retry(id)).toBe(true);
        const found = await one.find(id);
        expect(found).toMatchObject({ state: 'waiting', failures: 0, expirations: 0, isCancelRequested: false });
        expect(found).not.toHaveProperty('error');
        expect(found).not.toHaveProperty('endedAtMs');
        expect(await claimOne()).toMatchObject({ id, attempt: 3 });
      });

      it('forgets that somebody asked to cancel it', async () => {
        const { id } = await add();
        const claimed = await claimOne();
        await one.cancel(id);
        await one.fail(claimed, ERROR, 'cancelled');
        await one.retry(id);
        expect(await one.extend(await claimOne(), LEASE_MS)).toBe('held');
      });

      it('starts scheduled work that was cancelled now', async () => {
        const { id } = await add({ runAtMs: (await engines.now()) + 60 * MINUTE_MS });
        await one.cancel(id);
        await one.retry(id);
        expect((await claimOne()).id).toBe(id);
      });

      it('refuses work that waits, is active, is done, or does not exist', async () => {
        const { id } = await add();
        expect(await one.retry(id)).toBe(false);
        const claimed = await claimOne();
        expect(await one.retry(id)).toBe(false);
        await one.complete(claimed, DONE);
        expect(await one.retry(id)).toBe(false);
        expect(await one.retry(randomUUID())).toBe(false);
      });
    });

    describe('find, list and counts', () => {
      it('find nothing for an unknown id', async () => {
        expect(await one.find(randomUUID())).toBeUndefined();
        expect(await one.list()).toEqual([]);
        expect(await one.counts([1])).toEqual([]);
      });

      it('lists the latest first, page by page, without a gap', async () => {
        const ids: string[] = [];
        for (let index = 0; index < 7; index++) {
          ids.push((await add()).id);
          if (index % 2 === 0) await engines.pass(10); // some of the same time, some not
        }
        const seen: string[] = [];
        for (let page = await other.list({ limit: 3 }); page.length > 0; ) {
          seen.push(...page.map(({ id }) => id));
          page = await other.list({ limit: 3, after: page.at(-1)! });
        }
        expect([...seen].sort()).toEqual([...ids].sort());
        const times = await Promise.all(seen.map(async (id) => (await one.find(id))?.createdAtMs ?? 0));
        expect(times).toEqual([...times].sort((first, second) => second - first));
        expect(await other.list({ limit: 100 })).toEqual(await Promise.all(seen.map((id) => one.find(id))));
      });

      it('lists by queue, by state, and by the beginning of the id', async () => {
        const slow = await add({ queue: 'slow' });
        const fast = await add({ queue: 'fast' });
        await claim(one, { queues: ['fast'] });
        const idsOf = async (query: Parameters<QueueEngine['list']>[0]) => (await one.list(query)).map(({ id }) => id);
        expect(await idsOf({ queue: 'slow' })).toEqual([slow.id]);
        expect(await idsOf({ state: 'active' })).toEqual([fast.id]);
        expect(await idsOf({ state: 'active', queue: 'slow' })).toEqual([]);
        expect(await idsOf({ id: fast.id.slice(0, 13) })).toEqual([fast.id]);
        expect(await idsOf({ id: fast.id })).toEqual([fast.id]);
        expect(await idsOf({ id: '%' })).toEqual([]);
      });

      it('counts each state per queue', async () => {
        for (let index = 0; index < 6; index++) await add();
        await one.complete(await claimOne(), DONE);
        await one.fail(await claimOne(), ERROR, 'dead');
        await one.fail(await claimOne(), ERROR, 'unknown');
        await one.fail(await claimOne(), ERROR, 'cancelled');
        await claimOne();
        await add({ queue: 'slow' });
        const counts = await other.counts([1]);
        expect(counts.map(({ queue, states }) => ({ queue, states }))).toEqual([
          { queue: 'images', states: { waiting: 1, active: 1, done: 1, unknown: 1, dead: 1, cancelled: 1 } },
          { queue: 'slow', states: { waiting: 1, active: 0, done: 0, unknown: 0, dead: 0, cancelled: 0 } },
        ]);
      });

      it('counts unreadable work, and the age of the oldest that could run now', async () => {
        await add({ version: 2 });
        await add({ provider: 'down' });
        await engines.pass(5 * MINUTE_MS);
        await add();
        await add({ runAtMs: (await engines.now()) + 60 * MINUTE_MS });
        await one.pause({ kind: 'provider', name: 'down', reason: 'its quota is used up' });
        await engines.pass(MINUTE_MS);
        const [counts] = await other.counts([1]);
        expect(counts).toMatchObject({ queue: 'images', unreadable: 1 });
        expect(counts?.states.waiting).toBe(4);
        expect(Math.abs((counts?.oldestWaitingMs ?? 0) - MINUTE_MS)).toBeLessThan(TOLERANCE_MS);
        await claimOne();
        expect((await other.counts([1]))[0]?.oldestWaitingMs).toBe(0);
      });
    });

    describe('pauses', () => {
      it.each(['queue', 'provider'] as const)('hold back the work of a %s, and of no other', async (kind) => {
        const held = await add({ queue: 'down', provider: 'down' });
        const free = await add({ queue: 'up', provider: 'up' });
        await other.pause({ kind, name: 'down', reason: 'its quota is used up' });
        expect((await claim(one, { count: 9 })).map(({ id }) => id)).toEqual([free.id]);
        expect(await one.pauses()).toEqual([{ kind, name: 'down', reason: 'its quota is used up' }]);
        expect(await other.resume({ kind, name: 'down' })).toBe(true);
        expect(await other.resume({ kind, name: 'down' })).toBe(false);
        expect((await claimOne()).id).toBe(held.id);
      });

      it('do not touch active work', async () => {
        await add({ provider: 'down' });
        const claimed = await claimOne();
        await one.pause({ kind: 'provider', name: 'down', reason: 'its quota is used up' });
        expect(await one.extend(claimed, LEASE_MS)).toBe('held');
        expect(await one.complete(claimed, DONE)).toBe(true);
      });

      it('end at their time', async () => {
        await add({ provider: 'down' });
        const untilMs = (await engines.now()) + MINUTE_MS;
        await one.pause({ kind: 'provider', name: 'down', untilMs, reason: 'its breaker is open' });
        expect(await one.pauses()).toEqual([expect.objectContaining({ name: 'down', reason: 'its breaker is open' })]);
        expect(await claim()).toEqual([]);
        await engines.pass(MINUTE_MS + 1);
        expect(await one.pauses()).toEqual([]);
        expect(await one.resume({ kind: 'provider', name: 'down' })).toBe(false);
        expect(await claim()).toHaveLength(1);
      });

      it('replace an earlier one of the same kind and name', async () => {
        await one.pause({ kind: 'queue', name: 'images', reason: 'first' });
        await other.pause({ kind: 'queue', name: 'images', reason: 'second' });
        await other.pause({ kind: 'provider', name: 'images', reason: 'another kind' });
        const reasons = (await one.pauses()).map(({ reason }) => reason);
        expect(reasons.sort()).toEqual(['another kind', 'second']);
      });
    });

    describe('prune', () => {
      it('removes work that ended before the time, and nothing else', async () => {
        const old = await add();
        await one.complete(await claimOne(), DONE);
        await engines.pass(10 * MINUTE_MS);
        const recent = await add();
        await one.fail(await claimOne(), ERROR, 'dead');
        const waiting = await add();
        const active = await add({ priority: 100 });
        await claimOne();
        expect(await other.prune((await engines.now()) - 5 * MINUTE_MS)).toBe(1);
        expect(await one.find(old.id)).toBeUndefined();
        expect(await stateOf(recent.id)).toBe('dead');
        expect(await other.prune((await engines.now()) + MINUTE_MS)).toBe(1);
        expect([await stateOf(waiting.id), await stateOf(active.id)]).toEqual(['waiting', 'active']);
      });
    });

    describe('wait', () => {
      const never = new AbortController().signal;

      it('ends when this process adds work', async () => {
        await claim();
        const waiting = one.wait(NEVER_MS, never);
        await add();
        await waiting;
      });

      it('ends when another process adds work', async () => {
        await claim();
        const waiting = one.wait(NEVER_MS, never);
        await other.add([await newWork()]);
        await waiting;
      });

      it('ends at once when work was added after the last claim', async () => {
        await claim();
        await other.add([await newWork()]);
        await one.wait(NEVER_MS, never);
      });

      it('ends after the time at the latest', async () => {
        await claim();
        await one.wait(50, never);
      });

      it('ends when the signal aborts, before or while it waits', async () => {
        await claim();
        await one.wait(NEVER_MS, AbortSignal.abort());
        const stop = new AbortController();
        const waiting = one.wait(NEVER_MS, stop.signal);
        stop.abort();
        await waiting;
      });

      it('ends when the engine is closed', async () => {
        await claim();
        const waiting = one.wait(NEVER_MS, never);
        await one.close();
        await waiting;
      });
    });
  });
}
