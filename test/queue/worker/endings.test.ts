/** How work ends early: it is cancelled, or its worker stops. */
import { afterAll, describe, expect, it } from 'vitest';
import { AiImageError } from '../../../src/index.ts';
import { closeServers, type Hit, startServer, until } from '../../faults/hostile-server.ts';
import { directProvider, finished, jobProvider, startJobServer } from '../../faults/job-vendor.ts';
import { base64, png } from '../../faults/support.ts';
import { QUICK, useHosts } from './support.ts';

afterAll(closeServers);
const openHost = useHosts();

/** Extends often, on a clock that stands still: no lease ends, however slow the machine is. */
const OFTEN = { leaseMs: 30 };
const frozenClock = { now: () => 1_764_000_000_000 };

/** A vendor whose jobs run until the test ends them. */
async function startSlowVendor() {
  let isOver = false;
  const vendor = await startJobServer({
    poll: (hit) => hit.reply(200, isOver ? finished(hit) : { status: 'running', retryMs: 10 }),
  });
  const provider = jobProvider(vendor, { deadlineMs: 60_000 });
  const finish = () => {
    isOver = true;
  };
  return { vendor, provider, finish };
}

/** A vendor that answers each request when the test says so. */
async function startHeldVendor() {
  const held: Hit[] = [];
  const server = await startServer((hit) => {
    hit.bill();
    held.push(hit);
  });
  const answer = () => {
    for (const hit of held) hit.reply(200, { images: [{ bytes: base64(png()) }] });
  };
  const arrived = async (count: number) => {
    if (!(await until(() => held.length >= count, 30_000))) throw new Error('the requests did not arrive');
  };
  return { server, provider: directProvider(server, { deadlineMs: 60_000 }), answer, arrived };
}

describe('Q14: cancelled work', () => {
  it('is never submitted when it was waiting', async () => {
    const { vendor, provider } = await startSlowVendor();
    const host = openHost({ providers: { jobs: provider } });
    const id = await host.enqueue();
    expect(await host.engine.cancel(id)).toBe('removed');
    expect(await host.worker().run('drained')).toMatchObject({ cancelled: 0 });
    expect([await host.stateOf(id), vendor.submits()]).toEqual(['cancelled', 0]);
  });

  it('is cancelled at the vendor when it has a job', async () => {
    const { vendor, provider } = await startSlowVendor();
    const host = openHost({ providers: { jobs: provider }, store: frozenClock });
    const id = await host.enqueue();
    const worker = host.worker(OFTEN);
    const run = worker.run('drained');
    await until(() => vendor.polls.length > 0, 30_000);
    expect(await host.engine.cancel(id)).toBe('asked');

    expect(await run).toMatchObject({ cancelled: 1 });
    expect(await worker.log.first('cancelled')).toMatchObject({ id, error: { code: 'aborted' } });
    expect(await until(() => vendor.cancels.length === 1, 30_000)).toBe(true);
    expect([await host.stateOf(id), vendor.submits()]).toEqual(['cancelled', 1]);
  });

  it('is unknown when a request without a job was sent: it may be charged', async () => {
    const { server, provider, arrived } = await startHeldVendor();
    const host = openHost({ providers: { direct: provider }, store: frozenClock });
    const id = await host.enqueue();
    const run = host.worker(OFTEN).run('drained');
    await arrived(1);
    await host.engine.cancel(id);
    expect(await run).toMatchObject({ unknown: 1 });
    expect([await host.stateOf(id), server.bills()]).toEqual(['unknown', 1]);
  });

  it('is done when its image came all the same', async () => {
    const { provider, arrived, answer } = await startHeldVendor();
    const host = openHost({ providers: { direct: provider } });
    const id = await host.enqueue();
    const run = host.worker().run('drained');
    await arrived(1);
    await host.engine.cancel(id);
    answer();
    expect(await run).toMatchObject({ done: 1 });
    expect((await host.engine.find(id))?.result?.artifacts.length).toBe(1);
  });
});

describe('Q09: a worker that stops', () => {
  it('hands back 20 running jobs, cancels none of them, and the next worker fetches their images', async () => {
    const { vendor, provider, finish } = await startSlowVendor();
    const host = openHost({ providers: { jobs: provider } });
    const ids = await Promise.all(Array.from({ length: 20 }, () => host.enqueue()));
    const worker = host.worker({ concurrency: 20 });
    const run = worker.run();
    await until(() => vendor.submits() === 20 && vendor.polls.length >= 20, 30_000);
    await worker.stop(0);

    expect(await run).toMatchObject({ released: 20 });
    expect(await Promise.all(ids.map(host.stateOf))).toEqual(ids.map(() => 'waiting'));
    finish();
    expect(await host.worker({ concurrency: 20 }).run('drained')).toMatchObject({ done: 20 });
    expect([vendor.submits(), vendor.cancels.length, (await host.store.search({})).length]).toEqual([20, 0, 20]);
  });

  it('Q03: leaves a job that the next worker fetches, also when an input of its request is gone', async () => {
    const { vendor, provider, finish } = await startSlowVendor();
    const host = openHost({ providers: { jobs: provider } });
    const id = await host.enqueue();
    const worker = host.worker();
    const run = worker.run();
    await until(() => vendor.polls.length > 0, 30_000);
    await worker.stop(0);
    await run;
    finish();
    const readRequest = async (): Promise<never> => {
      throw new AiImageError('invalid_request', 'inputImages.0 was deleted');
    };
    expect(await host.worker({}, { readRequest }).run('drained')).toMatchObject({ done: 1 });
    const images = await host.store.search({});
    expect((await host.engine.find(id))?.result?.artifacts).toEqual(images.map((image) => image.id));
    expect([images.length, vendor.submits()]).toEqual([1, 1]);
  });

  it('waits for requests that were sent, and takes no further work', async () => {
    const { server, provider, arrived, answer } = await startHeldVendor();
    const host = openHost({ providers: { direct: provider } });
    const ids = await Promise.all(Array.from({ length: 6 }, () => host.enqueue()));
    const worker = host.worker({ concurrency: 4 });
    const run = worker.run();
    await arrived(4);
    const stopped = worker.stop(60_000);
    answer();
    await stopped;

    expect(await run).toMatchObject({ done: 4 });
    const states = await Promise.all(ids.map(host.stateOf));
    expect(states.sort()).toEqual(['done', 'done', 'done', 'done', 'waiting', 'waiting']);
    expect(server.bills()).toBe(4);
  });

  it('reports a sent request without a job as unknown when the grace is over', async () => {
    const { server, provider, arrived } = await startHeldVendor();
    const host = openHost({ providers: { direct: provider } });
    const id = await host.enqueue();
    const worker = host.worker();
    const run = worker.run();
    await arrived(1);
    await worker.stop(0);
    expect(await run).toMatchObject({ unknown: 1 });
    expect(await host.worker().run('drained')).toMatchObject({ done: 0 });
    expect([await host.stateOf(id), server.bills()]).toEqual(['unknown', 1]);
  });

  it('ends in time when the database is gone, and the work is found again', async () => {
    const { vendor, provider, finish } = await startSlowVendor();
    let isGone = false;
    const gone = async (): Promise<never> => {
      throw new AiImageError('storage_failed', 'the database cannot be reached');
    };
    const host = openHost({
      providers: { jobs: provider },
      engine: (own) => ({ release: (...asked) => (isGone ? gone() : own.release(...asked)) }),
    });
    const id = await host.enqueue();
    const worker = host.worker({}, { pace: { ...QUICK, handBackMs: 200 } });
    const run = worker.run();
    await until(() => vendor.polls.length > 0, 30_000);
    isGone = true;
    await worker.stop(0);
    await run;
    expect(await host.stateOf(id)).toBe('active');
    finish();
    const next = openHost({ providers: { jobs: provider }, aheadMs: 120_000 });
    expect(await next.worker().run('drained')).toMatchObject({ done: 1 });
    expect([await host.stateOf(id), vendor.submits()]).toEqual(['done', 1]);
  });

  it('takes nothing when it was stopped before it ran', async () => {
    const host = openHost({ providers: { jobs: (await startSlowVendor()).provider } });
    const id = await host.enqueue();
    const worker = host.worker();
    await worker.stop();
    expect(await worker.run()).toMatchObject({ done: 0 });
    expect(await host.stateOf(id)).toBe('waiting');
  });
});

it('a worker whose manager was closed hands its work back and says why', async () => {
  const host = openHost({ providers: { jobs: (await startSlowVendor()).provider } });
  const ids = [await host.enqueue(), await host.enqueue()];
  await host.manager.close();
  await expect(host.worker().run()).rejects.toMatchObject({
    code: 'invalid_request',
    message: 'the manager is closed',
  });
  expect(await Promise.all(ids.map(host.stateOf))).toEqual(['waiting', 'waiting']);
});
