/** A worker whose database fails: nothing that was paid for is lost, and it goes on by itself. */
import { afterAll, describe, expect, it } from 'vitest';
import { AiImageError, StubProvider } from '../../../src/index.ts';
import type { QueueEngine } from '../../../src/queue/queue-engine.ts';
import { closeServers, until } from '../../faults/hostile-server.ts';
import { jobProvider, startJobServer } from '../../faults/job-vendor.ts';
import { PaidProvider } from '../../manager/support.ts';
import { useHosts } from './support.ts';

afterAll(closeServers);
const openHost = useHosts();

const unreachable = () => new AiImageError('storage_failed', 'the database cannot be reached');

/** Makes the first calls of a method fail. */
function failing<Name extends 'claim' | 'complete' | 'extend' | 'release' | 'fail'>(name: Name, times: number) {
  let left = times;
  return (own: QueueEngine): Partial<QueueEngine> => ({
    [name]: async (...asked: never[]) => {
      if (left-- > 0) throw unreachable();
      return (own[name] as (...all: never[]) => unknown)(...asked);
    },
  });
}

describe('a database that cannot be reached', () => {
  it('delays the next claim; the worker reports it and goes on', async () => {
    const paid = new PaidProvider();
    const host = openHost({ providers: { paid }, engine: failing('claim', 4) });
    await host.enqueue();
    const worker = host.worker();
    expect(await worker.run('drained')).toMatchObject({ done: 1 });
    expect(worker.log.types()).toEqual(['trouble', 'trouble', 'trouble', 'trouble', 'done']);
    expect(worker.log.events[0]).toMatchObject({ error: { code: 'storage_failed' } });
  });

  it.each([
    ['complete', {}, 'done'],
    ['fail', { fail: 'content_refused' }, 'dead'],
  ] as const)('when work ends (%s): the end is written later, and nothing is sent again', async (name, stub, state) => {
    const provider = new StubProvider(stub);
    const host = openHost({ providers: { provider }, engine: failing(name, 3) });
    const id = await host.enqueue();
    const worker = host.worker();
    expect(await worker.run('drained')).toMatchObject({ [state]: 1 });
    expect([await host.stateOf(id), provider.calls.length]).toEqual([state, 1]);
    expect(worker.log.types()).toEqual(['trouble', 'trouble', 'trouble', state]);
  });

  it('while a lease is extended does not end the work', async () => {
    let isOver = false;
    const vendor = await startJobServer({
      poll: (hit) =>
        hit.reply(
          200,
          isOver
            ? { status: 'done', images: [{ link: `http://${hit.headers.host}/files/a.png` }] }
            : { status: 'running', retryMs: 10 },
        ),
    });
    const host = openHost({
      providers: { jobs: jobProvider(vendor, { deadlineMs: 60_000 }) },
      engine: failing('extend', 3),
      store: { now: () => 1_764_000_000_000 },
    });
    await host.enqueue();
    const worker = host.worker({ leaseMs: 30 });
    const run = worker.run('drained');
    await worker.log.first('trouble');
    isOver = true;
    expect(await run).toMatchObject({ done: 1 });
    expect(vendor.submits()).toBe(1);
  });

  it('rejects the run when a setting is wrong, because waiting does not help', async () => {
    const host = openHost({
      providers: { paid: new PaidProvider() },
      engine: () => ({
        claim: async () => {
          throw new AiImageError('not_configured', 'the password is wrong');
        },
      }),
    });
    await expect(host.worker().run()).rejects.toMatchObject({ code: 'not_configured' });
  });
});

describe('a full disk', () => {
  it('Q11: refuses new work, and no work that was acknowledged is lost', async () => {
    const paid = new PaidProvider();
    const host = openHost({ providers: { paid } });
    const acknowledged = [await host.enqueue()];
    const database = await host.access.database();
    const [size] = await database.all('PRAGMA page_count');
    await database.run(`PRAGMA max_page_count = ${Number(size?.page_count) + 8}`);
    const refused = await (async () => {
      for (;;) {
        try {
          acknowledged.push(await host.enqueue({ metadata: { note: 'x'.repeat(5_000) } }));
        } catch (error) {
          return error;
        }
      }
    })();
    expect(refused).toMatchObject({ code: 'storage_failed' });
    expect(acknowledged.length).toBeGreaterThan(2);

    const worker = host.worker();
    const run = worker.run();
    await Promise.race([worker.log.first('trouble'), worker.log.first('waiting'), worker.log.first('done')]);
    await database.run('PRAGMA max_page_count = 1000000');
    await until(() => worker.log.types().filter((type) => type === 'done').length === acknowledged.length, 60_000);
    await worker.stop();
    await run;

    const states = await Promise.all(acknowledged.map(host.stateOf));
    expect(new Set(states)).toEqual(new Set(['done']));
    expect(paid.bought).toBe(acknowledged.length);
    expect((await host.engine.list()).length).toBe(acknowledged.length);
  });

  it('Q11: where images are stored: nothing is sent until it has space, and the worker takes less work', async () => {
    const paid = new PaidProvider();
    const host = openHost({ providers: { paid } });
    const preflight = host.store.preflight.bind(host.store);
    let isFull = true;
    host.store.preflight = async () => {
      if (isFull) throw unreachable();
      return preflight();
    };
    const id = await host.enqueue();
    const worker = host.worker();
    const run = worker.run();
    expect(await worker.log.first('waiting')).toMatchObject({ error: { code: 'storage_failed', charged: 'no' } });
    expect(paid.bought).toBe(0);
    isFull = false;
    await worker.log.first('done');
    await worker.stop();
    await run;
    expect([await host.stateOf(id), paid.bought]).toEqual(['done', 1]);
  });
});
