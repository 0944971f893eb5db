/** Whatever an agent, a vendor and the end of processes do: a wish is billed at most once, and what was made is returned. */
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { closeServers, startServer } from '../faults/hostile-server.ts';
import { directProvider } from '../faults/job-vendor.ts';
import { base64, png } from '../faults/support.ts';
import { type ToolHost, useToolHosts } from './tool-hosts.ts';

const startHost = useToolHosts();
afterAll(closeServers);

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('generate' as const),
      wish: fc.nat(2),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('get' as const), wish: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);
const replies = fc.array(fc.constantFrom('image', 'image', 'refuse', 'reset', 'nonsense'), { maxLength: 12 });

it('bills each wish at most once, and returns the same images for it ever after', async () => {
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 10 }), replies, async (steps, planned) => {
      round++;
      const waiting = [...planned];
      const billed = new Map<string, number>();
      const vendor = await startServer((hit) => {
        const reply = waiting.shift() ?? 'image';
        if (reply === 'refuse') return hit.reply(400, { error: 'no' });
        const { prompt } = JSON.parse(hit.body) as { prompt: string };
        billed.set(prompt, (billed.get(prompt) ?? 0) + 1);
        if (reply === 'reset') return hit.reset();
        return hit.reply(200, reply === 'nonsense' ? { images: [] } : { images: [{ bytes: base64(png(64)) }] });
      });
      const start = () => startHost({ vendors: { direct: directProvider(vendor, { limits: { maxRetries: 0 } }) } });
      let host: ToolHost = start();
      const made = new Map<string, string>();
      const jobs = new Map<string, string>();
      const check = (prompt: string, result: Awaited<ReturnType<ToolHost['call']>>) => {
        const { job_id, images } = result.data as { job_id: string | null; images?: { id: string }[] };
        if (job_id !== null) jobs.set(prompt, job_id);
        const ids = images?.map(({ id }) => id).join();
        const known = made.get(prompt);
        if (known !== undefined) expect(ids).toBe(known);
        else if (ids !== undefined) made.set(prompt, ids);
        if (!result.success && result.data.charged === 'no') expect(billed.get(prompt) ?? 0).toBe(0);
        if (!result.success && result.data.charged !== 'no') expect(result.data.retry).toBe(false);
      };
      for (const each of steps) {
        if (each.do === 'restart') {
          await host.end();
          host = start();
          continue;
        }
        const prompt = `fox ${round} ${each.wish}`;
        const job_id = jobs.get(prompt);
        if (each.do === 'get') {
          if (job_id !== undefined) check(prompt, await host.call('get_image', { job_id }));
          continue;
        }
        const call = () => host.generate({ prompt }, { callId: `a call of an agent: ${prompt}` });
        for (const result of await Promise.all(Array.from({ length: each.times }, call))) check(prompt, result);
      }
      for (const count of billed.values()) expect(count).toBe(1);
      await host.end();
      await vendor.close();
    }),
    { numRuns: 40 },
  );
});
