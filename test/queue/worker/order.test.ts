/** Which work a worker takes, when its run ends, and what it removes. */
import { describe, expect, it } from 'vitest';
import { StubProvider } from '../../../src/index.ts';
import { PaidProvider } from '../../manager/support.ts';
import { QUICK, useHosts } from './support.ts';

const openHost = useHosts();
const MINUTE_MS = 60_000;

describe('run', () => {
  it('once ends after one piece of work, and at once without work', async () => {
    const paid = new PaidProvider();
    const host = openHost({ providers: { paid } });
    const worker = host.worker();
    expect(await worker.run('once')).toMatchObject({ done: 0 });
    await Promise.all([host.enqueue(), host.enqueue()]);
    expect(await worker.run('once')).toMatchObject({ done: 1 });
    expect(paid.bought).toBe(1);
  });

  it('drained ends when nothing is ready, with work left that waits for its time', async () => {
    const host = openHost({ providers: { paid: new PaidProvider() } });
    for (let count = 0; count < 10; count++) await host.enqueue();
    const later = await host.enqueue({}, { runAtMs: Date.now() + 60 * MINUTE_MS });
    expect(await host.worker().run('drained')).toMatchObject({ done: 10 });
    expect(await host.stateOf(later)).toBe('waiting');
  });

  it('forever takes work that is added later', async () => {
    const host = openHost({ providers: { paid: new PaidProvider() } });
    const worker = host.worker();
    const run = worker.run();
    const id = await host.enqueue();
    expect(await worker.log.first('done')).toMatchObject({ id });
    await worker.stop();
    expect(await run).toMatchObject({ done: 1 });
  });

  it('is refused while the worker is running', async () => {
    const host = openHost({ providers: { paid: new PaidProvider() } });
    const worker = host.worker();
    const run = worker.run();
    await expect(worker.run()).rejects.toMatchObject({ code: 'invalid_request' });
    await worker.stop();
    await run;
  });
});

it('never runs more work at a time than its concurrency, and fills every slot', async () => {
  let running = 0;
  let most = 0;
  const stub = new StubProvider();
  const generate = stub.generate.bind(stub);
  stub.generate = async (...asked) => {
    running++;
    most = Math.max(most, running);
    // The others of this worker start before one ends.
    if (most < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    return generate(...asked).finally(() => running--);
  };
  const host = openHost({ providers: { stub } });
  for (let count = 0; count < 12; count++) await host.enqueue();
  expect(await host.worker({ concurrency: 3 }).run('drained')).toMatchObject({ done: 12 });
  expect(most).toBe(3);
});

it('takes work of its queues only', async () => {
  const host = openHost({ providers: { paid: new PaidProvider() } });
  const slow = await host.enqueue({}, { queue: 'slow' });
  const quick = await host.enqueue({}, { queue: 'quick' });
  expect(await host.worker({ queues: ['quick'] }).run('drained')).toMatchObject({ done: 1 });
  expect([await host.stateOf(slow), await host.stateOf(quick)]).toEqual(['waiting', 'done']);
});

it('leaves work waiting whose version it cannot read', async () => {
  const host = openHost({ providers: { paid: new PaidProvider() } });
  const id = await host.enqueue({}, { version: 99 });
  expect(await host.worker().run('drained')).toMatchObject({ done: 0 });
  expect(await host.stateOf(id)).toBe('waiting');
});

it('Q13: low priority still moves while work of high priority keeps coming', async () => {
  let now = Date.parse('2026-11-29T12:00:00Z');
  const host = openHost({ providers: { paid: new PaidProvider() }, store: { now: () => now } });
  const low = await host.enqueue({}, { priority: -5 });
  const worker = host.worker({ concurrency: 1 });
  let urgent = 0;
  while ((await host.stateOf(low)) !== 'done') {
    // Two come in the time in which one is done.
    await host.enqueue({}, { priority: 5 });
    await host.enqueue({}, { priority: 5 });
    await worker.run('once');
    now += MINUTE_MS;
    urgent++;
    if (urgent > 100) throw new Error('the work of low priority never started');
  }
  // A minute of waiting counts as 1: the difference is 10, and one piece of work is done per minute.
  expect(urgent).toBeGreaterThan(10);
});

it('removes work that ended long ago when it starts, and keeps the rest', async () => {
  let now = Date.parse('2026-11-29T12:00:00Z');
  const host = openHost({ providers: { paid: new PaidProvider() }, store: { now: () => now } });
  const old = await host.enqueue();
  await host.worker().run('drained');
  now += 31 * 24 * 60 * MINUTE_MS;
  const fresh = await host.enqueue();
  const worker = host.worker({}, { now: () => now });
  const run = worker.run();
  await worker.log.first('done');
  while ((await host.stateOf(old)) !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  await worker.stop();
  await run;
  expect([await host.stateOf(old), await host.stateOf(fresh)]).toEqual([undefined, 'done']);
});

it('ignores errors of the listener', async () => {
  const host = openHost({ providers: { paid: new PaidProvider() } });
  await host.enqueue();
  const onEvent = () => {
    throw new Error('the listener failed');
  };
  expect(await host.worker({ onEvent }).run('drained')).toMatchObject({ done: 1 });
});

it('events and rows have no prompt, key or link', async () => {
  const host = openHost({ providers: { refusing: new StubProvider({ fail: 'content_refused' }) } });
  const id = await host.enqueue({ prompt: 'a canary-coloured submarine' });
  const worker = host.worker({}, { pace: QUICK });
  await worker.run('drained');
  const { payload: _, ...row } = (await host.engine.find(id))!;
  expect(JSON.stringify([worker.log.events, row])).not.toContain('canary');
});
