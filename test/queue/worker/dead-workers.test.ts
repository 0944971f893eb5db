/** Work that another worker had: cancelled while its worker died, or claimed with a clock that was ahead. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeServers } from '../../faults/hostile-server.ts';
import { jobProvider, startJobServer } from '../../faults/job-vendor.ts';
import { loadAdapters } from '../../faults/support.ts';
import { useHosts } from './support.ts';

beforeAll(loadAdapters);
afterAll(closeServers);
const open = useHosts();

it('Q14: is not sent by the next worker', async () => {
  const home = await startJobServer();
  let aheadMs = 0;
  const host = open({ providers: { vendor: jobProvider(home) }, store: { now: () => Date.now() + aheadMs } });
  const id = await host.enqueue();
  await host.engine.claim({ worker: 'the dead one', leaseMs: 60_000, versions: [1] });
  expect(await host.engine.cancel(id)).toBe('asked');
  aheadMs = 60_001;
  const worker = host.worker();
  await worker.run('drained');
  expect(worker.log.types()).toEqual(['cancelled']);
  expect(await host.stateOf(id)).toBe('cancelled');
  expect(home.submits()).toBe(0);
});

it('Q05: is taken by the next worker when its dead worker had a clock that was a year ahead', async () => {
  const home = await startJobServer();
  let aheadMs = 365 * 86_400_000;
  const host = open({ providers: { vendor: jobProvider(home) }, store: { now: () => Date.now() + aheadMs } });
  const id = await host.enqueue({}, { runAtMs: 0 });
  await host.engine.claim({ worker: 'the dead one', leaseMs: 60_000, versions: [1] });
  aheadMs = 0;
  await host.worker().run('drained');
  expect(await host.stateOf(id)).toBe('done');
  expect(home.submits()).toBe(1);
});
