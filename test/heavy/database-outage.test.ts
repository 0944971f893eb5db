/** The database of a queue stops while workers have work, stays away for longer than a store waits, and comes back. */
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createImageManager } from '../../src/index.ts';
import { createQueue, createWorker } from '../../src/queue/index.ts';
import { createStore } from '../../src/store/index.ts';
import { closeServers, until } from '../faults/hostile-server.ts';
import { finished, jobProvider, startJobServer } from '../faults/job-vendor.ts';
import { logEvents } from '../queue/worker/hosts.ts';
import { useFolder } from '../store/support.ts';
import { startDurableServer } from '../support/postgres-server.ts';

const server = await startDurableServer();
const folder = useFolder();
afterAll(async () => {
  await closeServers();
  await server?.stop();
});

it.skipIf(server === undefined)(
  'PostgreSQL is gone while jobs run: all work is done afterwards, and each job was submitted once',
  async () => {
    if (server === undefined) return;
    let isOver = false;
    const vendor = await startJobServer({
      poll: (hit) => hit.reply(200, isOver ? finished(hit) : { status: 'running', retryMs: 50 }),
    });
    const store = createStore({
      directory: join(folder(), 'images'),
      database: { url: server.url, schema: 'outage', timeoutMs: 1_000 },
    });
    const queue = createQueue({ store });
    const manager = createImageManager({ providers: { jobs: jobProvider(vendor, { deadlineMs: 120_000 }) }, store });
    const ids: string[] = [];
    for (let at = 0; at < 8; at++) ids.push((await queue.enqueue({ prompt: `fox ${at}`, provider: 'jobs' })).id);
    const log = logEvents();
    const worker = createWorker({ queue, manager, concurrency: 4, leaseMs: 3_000, onEvent: log.onEvent });
    const run = worker.run();
    await until(() => vendor.submits() === 4, 60_000);

    await server.halt();
    // The images of the running jobs come while nothing can be written down.
    isOver = true;
    await log.first('trouble');
    await server.start();

    await until(() => log.types().filter((type) => type === 'done').length === ids.length, 120_000);
    await worker.stop();
    await run;
    const states = await Promise.all(ids.map(async (id) => (await queue.find(id))?.state));
    expect(states).toEqual(ids.map(() => 'done'));
    expect([vendor.submits(), vendor.cancels.length]).toEqual([ids.length, 0]);
    expect(await store.search({})).toHaveLength(ids.length);
    await queue.close();
    await manager.close();
    await store.close();
  },
);
