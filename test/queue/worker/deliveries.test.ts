/** Work is delivered at least once, and its images are bought at most once. */
import { afterAll, describe, expect, it } from 'vitest';
import { closeServers, type Hit, startServer } from '../../faults/hostile-server.ts';
import { directProvider, finished, jobProvider, startJobServer } from '../../faults/job-vendor.ts';
import { base64, png } from '../../faults/support.ts';
import { useHosts } from './support.ts';

afterAll(closeServers);
const openHost = useHosts();

const image = () => ({ images: [{ bytes: base64(png()) }] });

/** A vendor that answers at once, or when the test says so. */
async function startDirectVendor(isHolding = false) {
  const held: Hit[] = [];
  const arrival = Promise.withResolvers<void>();
  const server = await startServer((hit) => {
    hit.bill();
    held.push(hit);
    arrival.resolve();
    if (!isHolding) hit.reply(200, image());
  });
  const answer = () => {
    for (const hit of held) hit.reply(200, image());
  };
  return { server, provider: directProvider(server, { deadlineMs: 60_000 }), arrived: arrival.promise, answer };
}

describe('a worker', () => {
  it('generates the images of waiting work, stores them, and says so', async () => {
    const { server, provider } = await startDirectVendor();
    const host = openHost({ providers: { direct: provider } });
    const ids = [await host.enqueue(), await host.enqueue()];
    const worker = host.worker();

    expect(await worker.run('drained')).toEqual({ done: 2, dead: 0, unknown: 0, cancelled: 0, released: 0 });
    expect(server.bills()).toBe(2);
    for (const id of ids) {
      const found = await host.engine.find(id);
      expect(found).toMatchObject({ state: 'done', attempt: 1 });
      const [artifact = ''] = found?.result?.artifacts ?? [];
      expect((await host.store.get(artifact)).id).toBe(artifact);
    }
    expect(worker.log.types()).toEqual(['done', 'done']);
  });

  it('Q08: buys once when work is delivered ten times, and each delivery has the same image', async () => {
    const { server, provider } = await startDirectVendor();
    const host = openHost({ providers: { direct: provider } });
    const id = await host.enqueue();
    const artifacts = new Set<string>();
    for (let delivery = 0; delivery < 10; delivery++) {
      const worker = host.worker();
      await worker.run('drained');
      for (const artifact of (await worker.log.first('done')).artifacts) artifacts.add(artifact);
      await host.redeliver(id);
    }
    expect([server.bills(), artifacts.size, (await host.store.search({})).length]).toEqual([1, 1, 1]);
  });

  it('Q08: buys once per work when two pieces of work have the same request', async () => {
    const { server, provider } = await startDirectVendor();
    const host = openHost({ providers: { direct: provider } });
    const ids = [await host.enqueue({ prompt: 'twins' }), await host.enqueue({ prompt: 'twins' })];
    await host.worker().run('drained');
    const found = await Promise.all(ids.map((id) => host.engine.find(id)));
    expect(new Set(found.flatMap((work) => work?.result?.artifacts ?? [])).size).toBe(2);
    expect(server.bills()).toBe(2);
  });
});

describe('Q05: two workers with one piece of work', () => {
  it('buy once: the second one waits for the request of the first one, and finds its image', async () => {
    const { server, provider, arrived, answer } = await startDirectVendor(true);
    const first = openHost({ providers: { direct: provider } });
    const second = openHost({ providers: { direct: provider }, aheadMs: 120_000 });
    const id = await first.enqueue();
    const [slow, quick] = [first.worker(), second.worker()];
    const slowRun = slow.run('once');
    await arrived;
    const quickRun = quick.run('forever');
    const { error } = await quick.log.first('waiting');
    answer();

    expect(error).toMatchObject({ code: 'unavailable' });
    await slowRun;
    await quick.stop();
    await quickRun;
    expect([await first.stateOf(id), server.bills()]).toEqual(['done', 1]);
    expect((await first.store.search({})).length).toBe(1);
  });

  it('Q06: a worker that lost its lease leaves the job to the next one, and writes nothing more', async () => {
    let isOver = false;
    const polled = Promise.withResolvers<void>();
    const vendor = await startJobServer({
      poll(hit) {
        polled.resolve();
        hit.reply(200, isOver ? finished(hit) : { status: 'running', retryMs: 10 });
      },
    });
    const first = openHost({ providers: { jobs: jobProvider(vendor, { deadlineMs: 60_000 }) } });
    const second = openHost({ providers: { jobs: jobProvider(vendor) }, aheadMs: 120_000 });
    const id = await first.enqueue();
    const [frozen, next] = [first.worker({ leaseMs: 30 }), second.worker()];
    const frozenRun = frozen.run('once');
    await polled.promise;
    const nextRun = next.run('forever');
    await frozen.log.first('lost');
    expect(await frozenRun).toEqual({ done: 0, dead: 0, unknown: 0, cancelled: 0, released: 0 });
    isOver = true;
    await next.log.first('done');
    await next.stop(0);
    await nextRun;

    expect([vendor.submits(), vendor.cancels.length, await first.stateOf(id)]).toEqual([1, 0, 'done']);
    expect((await first.store.search({})).length).toBe(1);
  });
});
