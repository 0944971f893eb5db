/** The manager on real sockets: links of a vendor, and 1,000 calls to a vendor that is down. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createImageManager } from '../../src/manager/index.ts';
import { closeServers, startServer } from '../faults/hostile-server.ts';
import { jobProvider, startJobServer } from '../faults/job-vendor.ts';
import { failure, loadAdapters, openai } from '../faults/support.ts';

beforeAll(loadAdapters);
afterAll(closeServers);

describe("output: 'url'", () => {
  it('returns the vendor’s link with the bytes, and counts as a different request', async () => {
    const server = await startJobServer();
    const images = createImageManager({ providers: { farm: jobProvider(server) } });
    const session = images.session();
    const request = { prompt: 'a fox', session };
    const linked = await images.generate({ ...request, output: 'url' });
    expect(linked.images[0].link?.url).toContain('/files/');
    expect(linked.images[0].imageBytes.length).toBeGreaterThan(0);
    expect((await images.generate(request)).images[0]).not.toHaveProperty('link');
    await expect(images.generate({ ...request, output: 'link' as 'url' })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('output'),
    });
  });
});

it('H33: the manager sends hardly more than 1,000 requests for 1,000 calls to a vendor that is down, and far fewer once the breaker is open', async () => {
  const server = await startServer((hit) => hit.reply(503, { error: { message: 'down' } }));
  const images = createImageManager({ providers: { openai: openai(server, { deadlineMs: 120_000 }) } });
  const ask = (seed: number) =>
    failure(images.generate({ prompt: `fox ${seed}`, fallback: [] })).then(({ code }) => code);

  const codes = await Promise.all(Array.from({ length: 1_000 }, (_, seed) => ask(seed)));
  expect(new Set(codes)).toEqual(new Set(['unavailable']));
  expect(server.hits.length).toBeLessThanOrEqual(1_100);

  const before = server.hits.length;
  expect(await ask(1_000)).toBe('circuit_open');
  expect(server.hits.length).toBe(before);
});
