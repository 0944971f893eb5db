/** What a worker does after a failed attempt: tries again, pauses the provider, or gives up with the reason. */
import { afterAll, describe, expect, it } from 'vitest';
import { StubProvider } from '../../../src/index.ts';
import { closeServers, type Hit, startServer } from '../../faults/hostile-server.ts';
import { directProvider, jobProvider, startJobServer } from '../../faults/job-vendor.ts';
import { base64, png } from '../../faults/support.ts';
import { PaidProvider } from '../../manager/support.ts';
import { QUICK, useHosts } from './support.ts';

afterAll(closeServers);
const openHost = useHosts();

const image = () => ({ images: [{ bytes: base64(png()) }] });
const startVendor = async (script: (hit: Hit, nth: number) => void) => {
  const server = await startServer((hit, nth) => {
    hit.bill();
    script(hit, nth);
  });
  return { server, provider: directProvider(server, { deadlineMs: 60_000 }) };
};

describe('a failed attempt', () => {
  it('Q07: ends as dead with the reason after maxFailures attempts, and none of them was charged', async () => {
    const down = new StubProvider({ fail: 'unavailable' });
    const host = openHost({ providers: { down } });
    const id = await host.enqueue({ provider: 'down' });
    const worker = host.worker({ maxFailures: 3 });
    const run = worker.run();
    await worker.log.first('dead');
    await worker.stop();

    expect(await run).toMatchObject({ dead: 1, released: 2 });
    expect(down.calls.length).toBe(3);
    expect(await host.engine.find(id)).toMatchObject({
      state: 'dead',
      attempt: 3,
      failures: 2,
      error: { code: 'unavailable', charged: 'no', message: expect.stringContaining('configured to fail') },
    });
  });

  it('is tried again after a fault that passes', async () => {
    const refused = { title: 'over capacity' };
    const { server, provider } = await startVendor((hit, nth) =>
      nth === 1 ? hit.reply(402, refused) : hit.reply(200, image()),
    );
    const host = openHost({ providers: { direct: provider } });
    const id = await host.enqueue();
    const worker = host.worker();
    const run = worker.run();
    await worker.log.first('done');
    await worker.stop();
    await run;
    expect([await host.stateOf(id), server.bills()]).toEqual(['done', 2]);
  });

  it('Q02: is unknown when the reply is lost, and is not sent again, also when a person retries it', async () => {
    const { server, provider } = await startVendor((hit) => hit.reset());
    const host = openHost({ providers: { direct: provider } });
    const id = await host.enqueue();
    const worker = host.worker();
    expect(await worker.run('drained')).toMatchObject({ unknown: 1 });
    expect(await host.engine.retry(id)).toBe(true);
    expect(await host.worker().run('drained')).toMatchObject({ unknown: 1 });
    expect(server.bills()).toBe(1);
    expect(await host.engine.find(id)).toMatchObject({
      state: 'unknown',
      error: { charged: 'unknown', hint: expect.stringContaining('manager.settle') },
    });
  });

  it('is dead at once when the vendor refuses the content', async () => {
    const refusing = new StubProvider({ fail: 'content_refused' });
    const host = openHost({ providers: { refusing } });
    await host.enqueue();
    expect(await host.worker().run('drained')).toMatchObject({ dead: 1 });
    expect(refusing.calls.length).toBe(1);
  });

  it('is dead when the request cannot be sent, before anything is sent', async () => {
    const paid = new PaidProvider();
    const host = openHost({ providers: { paid } });
    const id = await host.enqueue({ size: 'enormous' as never });
    expect(await host.worker().run('drained')).toMatchObject({ dead: 1 });
    expect([paid.bought, (await host.engine.find(id))?.error?.code]).toEqual([0, 'invalid_request']);
  });

  it('is dead when the budget does not allow it, and says which limit', async () => {
    const host = openHost({ providers: { paid: new PaidProvider() }, budget: { perCallUsd: 0.01 } });
    const id = await host.enqueue();
    expect(await host.worker().run('drained')).toMatchObject({ dead: 1 });
    const { error } = (await host.engine.find(id))!;
    expect(error).toMatchObject({ code: 'budget_exceeded', hint: expect.stringContaining('perCallUsd') });
  });
});

describe('a provider that asks for a pause', () => {
  it.each([
    ['rate_limited', QUICK.pauseMs],
    ['quota_exhausted', QUICK.accountPauseMs],
    ['authentication', QUICK.accountPauseMs],
  ] as const)('(%s) is paused for all workers, and work of other providers goes on', async (fail, pauseMs) => {
    const strict = new StubProvider({ fail });
    const host = openHost({ providers: { strict, other: new StubProvider() } });
    const paused = [await host.enqueue({ provider: 'strict' }), await host.enqueue({ provider: 'strict' })];
    const running = await host.enqueue({ provider: 'other' });
    const worker = host.worker({ concurrency: 1 });
    const startedAt = host.access.now();
    expect(await worker.run('drained')).toMatchObject({ done: 1, released: 1 });

    expect(strict.calls.length).toBe(1);
    expect(await Promise.all(paused.map(host.stateOf))).toEqual(['waiting', 'waiting']);
    expect(await host.stateOf(running)).toBe('done');
    const [pause] = await host.engine.pauses();
    expect(pause).toMatchObject({ kind: 'provider', name: 'strict', reason: expect.stringContaining(fail) });
    expect(pause!.untilMs! - startedAt).toBeGreaterThanOrEqual(pauseMs);
    expect(await worker.log.first('paused')).toMatchObject({ provider: 'strict', untilMs: pause?.untilMs });
  });

  it('works on after the pause, and its next account pause is twice as long if it still cannot pay', async () => {
    let now = 1_000_000;
    const broke = new StubProvider({ fail: 'quota_exhausted' });
    const host = openHost({ providers: { broke }, store: { now: () => now } });
    await host.enqueue({ provider: 'broke' });
    const worker = host.worker({}, { now: () => now });
    const ends: number[] = [];
    for (let pause = 0; pause < 5; pause++) {
      await worker.run('drained');
      const [found] = await host.engine.pauses();
      ends.push((found!.untilMs! - now) / 60_000);
      now = found!.untilMs! + 1;
    }
    expect(ends).toEqual([10, 20, 40, 60, 60]);
  });

  it('does not end the pause that a person set', async () => {
    const strict = new StubProvider({ fail: 'rate_limited' });
    const pause = { kind: 'provider', name: 'strict', reason: 'maintenance' } as const;
    const host = openHost({
      providers: { strict },
      engine: (own) => ({
        // The person sets it while the work runs.
        claim: async (params) => {
          const claims = await own.claim(params);
          if (claims.length > 0) await own.pause(pause);
          return claims;
        },
      }),
    });
    await host.enqueue({ provider: 'strict' });
    const worker = host.worker();
    await worker.run('drained');
    expect(await host.engine.pauses()).toEqual([pause]);
    expect(worker.log.types()).toEqual(['waiting']);
  });
});

describe('images that came and cannot be stored', () => {
  it('of a job are fetched again, and bought once', async () => {
    const vendor = await startJobServer();
    const host = openHost({ providers: { jobs: jobProvider(vendor) } });
    const save = host.store.save.bind(host.store);
    let failures = 2;
    host.store.save = async (...asked: Parameters<typeof save>) => {
      if (failures-- > 0) throw new Error('no space left');
      return save(...asked);
    };
    const id = await host.enqueue();
    const worker = host.worker();
    const run = worker.run();
    await worker.log.first('done');
    await worker.stop();
    await run;
    expect([await host.stateOf(id), vendor.submits()]).toEqual(['done', 1]);
    expect((await host.store.search({})).length).toBe(1);
  });

  it('of a direct call end as dead, charged, with the place of their bytes', async () => {
    const { server, provider } = await startVendor((hit) => hit.reply(200, image()));
    const host = openHost({ providers: { direct: provider } });
    host.store.save = async () => {
      throw new Error('no space left');
    };
    const id = await host.enqueue();
    expect(await host.worker().run('drained')).toMatchObject({ dead: 1 });
    expect(await host.engine.find(id)).toMatchObject({
      state: 'dead',
      error: { code: 'storage_failed', charged: 'yes', hint: expect.stringContaining('quarantine') },
    });
    await host.engine.retry(id);
    await host.worker().run('drained');
    expect(server.bills()).toBe(1);
  });

  it('of a direct call are handed over, so that the host can save them elsewhere', async () => {
    const { provider } = await startVendor((hit) => hit.reply(200, image()));
    const host = openHost({ providers: { direct: provider } });
    host.store.save = async () => {
      throw new Error('no space left');
    };
    const handedOver: unknown[] = [];
    const id = await host.enqueue();
    const worker = host.worker({
      onUnstored(images, work) {
        handedOver.push(...images.map(({ imageBytes }) => [work, imageBytes.length > 0]));
        throw new Error('this place is full too');
      },
    });
    expect(await worker.run('drained')).toMatchObject({ dead: 1 });
    expect(handedOver).toEqual([[{ id, queue: 'images' }, true]]);
    expect(worker.log.types()).toEqual(['trouble', 'dead']);
  });
});
