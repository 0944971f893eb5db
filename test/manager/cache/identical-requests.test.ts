/** Identical requests share a call or a cached result (contract S3). */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createResultCache } from '../../../src/manager/cache/result-cache.ts';
import { createImageManager, type StoredGeneration } from '../../../src/manager/index.ts';
import { encodePng } from '../../../src/providers/kit/image/png.ts';
import { PaidProvider, small } from '../support.ts';

/** A vendor that replies when the test says so, or when its caller aborts. */
function createHeldVendor() {
  const paid = new PaidProvider();
  const { generate } = paid;
  const replies: (() => void)[] = [];
  let calls = 0;
  paid.generate = async (request, context) => {
    calls++;
    await new Promise<void>((done) => {
      replies.push(done);
      context?.signal?.addEventListener('abort', () => done(), { once: true });
    });
    return generate(request, context);
  };
  return {
    paid,
    /** Waits for a number of calls, and until everything else that has begun waits too. */
    async calls(count: number) {
      while (calls < count) await wait(5);
      await wait(100);
      expect(calls).toBe(count);
    },
    /** Replies to all calls that wait. */
    reply() {
      for (const reply of replies.splice(0)) reply();
    },
  };
}

describe('identical requests', () => {
  it('C01: share one call when fifty run at the same time', async () => {
    const paid = new PaidProvider({ delayMs: 100 });
    const images = createImageManager({ providers: { paid } });
    const all = await Promise.all(Array.from({ length: 50 }, () => images.generate(small)));
    expect(paid.bought).toBe(1);
    expect(new Set(all.map(({ images: [first] }) => first.id)).size).toBe(1);
    expect(all.filter(({ isCached }) => !isCached)).toHaveLength(1);
    expect(all.reduce((sum, { cost }) => sum + (cost.usd ?? 0), 0)).toBeCloseTo(0.1);
  });

  it('C02: fail together, and none of them is retried', async () => {
    const bad = new PaidProvider({ fail: 'unavailable' });
    const { generate } = bad;
    bad.generate = async (...asked) => {
      await wait(300);
      return generate(...asked);
    };
    const images = createImageManager({ providers: { bad } });
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => images.generate(small)));
    expect(all.every(({ status }) => status === 'rejected')).toBe(true);
    expect(bad.bought).toBe(1);
  });

  it('C03: go on when the first caller aborts, and stop when all callers have', async () => {
    const vendor = createHeldVendor();
    const images = createImageManager({ providers: { paid: vendor.paid } });
    const stop = new AbortController();
    const first = images.generate(small, { signal: stop.signal });
    const second = images.generate(small);
    await vendor.calls(1);
    stop.abort();
    await expect(first).rejects.toMatchObject({ code: 'aborted' });
    vendor.reply();
    expect((await second).images).toHaveLength(1);
    expect(vendor.paid.bought).toBe(1);

    const both = [new AbortController(), new AbortController()];
    const leaving = both.map(({ signal }) => images.generate({ ...small, seed: 9 }, { signal }));
    await vendor.calls(2);
    for (const each of both) each.abort();
    for (const each of leaving) await expect(each).rejects.toMatchObject({ code: 'aborted' });
    const later = images.generate({ ...small, seed: 9 });
    await vendor.calls(3);
    vendor.reply();
    expect((await later).isCached).toBe(false);
  });

  it('C05 D10 S3: identical requests are generated once in a session when they have a seed, and cost nothing again', async () => {
    const paid = new PaidProvider();
    const images = createImageManager({ providers: { paid } });
    const session = images.session();
    const png = await encodePng({ width: 8, height: 8, data: new Uint8Array(64), channels: 1 });
    const other = await encodePng({ width: 8, height: 8, data: new Uint8Array(64).fill(9), channels: 1 });
    const base = { ...small, seed: 1, session };
    const first = await images.generate(base);
    const again = await images.generate(base);
    expect([again.isCached, again.cost.usd, again.images[0].id]).toEqual([true, 0, first.images[0].id]);
    expect(paid.bought).toBe(1);

    for (const different of [
      { ...base, seed: 2 },
      { ...base, size: '128x64' },
      { ...base, prompt: 'a red hare' },
      { ...base, n: 2 },
      { ...base, inputImages: [png] },
      { ...base, inputImages: [other] },
      { ...base, session: images.session() }, // C08: another tenant
      { ...small, session }, // without a seed every image is different
      { ...small, session },
    ]) {
      expect((await images.generate(different)).isCached).toBe(false);
    }
    expect((await images.generate({ ...base, metadata: { note: 'for the file' } })).isCached).toBe(true);
  });
});

describe('a session', () => {
  it('is the same for the same name, and a new one without a name', async () => {
    const paid = new PaidProvider();
    const images = createImageManager({ providers: { paid } });
    const asked = { ...small, seed: 1 };
    await images.generate({ ...asked, session: images.session('ada') });
    expect((await images.generate({ ...asked, session: images.session('ada') })).isCached).toBe(true);
    expect(images.session('ada').images).toBe(1);
    // C08: neither a session with another name nor one without a name sees it.
    expect((await images.generate({ ...asked, session: images.session('bob') })).isCached).toBe(false);
    expect((await images.generate({ ...asked, session: images.session() })).isCached).toBe(false);
  });

  it('C09: a session returns cached results, which stay valid when they leave the cache', async () => {
    const cache = createResultCache(2);
    const { images } = await new PaidProvider().generate(small);
    const result = { images, saved: [], failures: [] } as unknown as StoredGeneration;
    await cache.put('one', result);
    const held = await cache.get('one');
    for (const key of ['two', 'three']) await cache.put(key, result);
    expect(await cache.get('one')).toBeUndefined();
    expect(held?.images[0].imageBytes).toBe(images[0].imageBytes);
  });

  it('S3: a session generates again when its cache is broken, and loses no image', async () => {
    const paid = new PaidProvider();
    const broken = () => Promise.reject(new Error('torn'));
    const images = createImageManager({ providers: { paid }, cache: { get: broken, put: broken } });
    const session = images.session('ada');
    for (let time = 0; time < 2; time++) await images.generate({ ...small, seed: 1, session });
    expect(paid.bought).toBe(2);
  });
});
