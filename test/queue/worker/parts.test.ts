/** Work whose call has several jobs: it is done when all of them have ended, and nothing that was paid for is left at the vendor. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeServers } from '../../faults/hostile-server.ts';
import { finished, jobProvider, startJobServer } from '../../faults/job-vendor.ts';
import { loadAdapters } from '../../faults/support.ts';
import { useHosts } from './support.ts';

beforeAll(loadAdapters);
afterAll(closeServers);
const open = useHosts();

it('Q03: waits while one of its jobs is open, and ends with the images of both', async () => {
  let isReady = false;
  const home = await startJobServer({
    poll(hit) {
      if (hit.path.includes('job-2') && !isReady) return hit.reply(200, { status: 'running' });
      hit.reply(200, {
        ...finished(hit),
        images: [{ link: `http://${hit.headers.host}/files/${hit.path.slice(-1)}.png` }],
      });
    },
  });
  const host = open({ providers: { vendor: jobProvider(home, { deadlineMs: 1_500 }) } });
  // Two jobs: one of four images and one of one image.
  const id = await host.enqueue({ n: 5 });
  const worker = host.worker();
  const running = worker.run();
  const { error } = await worker.log.first('waiting');
  expect(error).toMatchObject({ charged: 'unknown', message: expect.stringContaining('still open') });
  expect(await host.stateOf(id)).not.toBe('done');
  isReady = true;
  await worker.log.first('done');
  await worker.stop();
  await running;
  expect(home.submits()).toBe(2);
  const { records = [], artifacts = [] } = (await host.manager.findCall(id)) ?? {};
  expect(records.map(({ state }) => state)).toEqual(['done', 'done']);
  expect((await host.engine.find(id))?.result?.artifacts).toEqual(artifacts);
  expect(artifacts).toHaveLength(2);
});
