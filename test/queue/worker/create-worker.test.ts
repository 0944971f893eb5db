/** A queue, a manager and a worker as hosts use them. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createImageManager } from '../../../src/index.ts';
import { createQueue, createWorker, type WorkerEvent, type WorkerSettings } from '../../../src/queue/index.ts';
import { createStore, type Store } from '../../../src/store/index.ts';
import { png } from '../../faults/support.ts';
import { PaidProvider } from '../../manager/support.ts';
import { useFolder } from '../../store/support.ts';

const folder = useFolder();
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

function open() {
  const store = createStore({ directory: join(folder(), 'images'), marks: 'none' });
  stores.push(store);
  const paid = new PaidProvider();
  const manager = createImageManager({ providers: { paid }, store });
  const queue = createQueue({ store });
  return { store, paid, manager, queue };
}

describe('a queue with a worker', () => {
  it('generates what was enqueued, with its input images, session and time limit', async () => {
    const { store, paid, manager, queue } = open();
    const request = { prompt: 'the same fox in blue', inputImages: [png()], session: 'a user', size: '64x64' } as const;
    const { id } = await queue.enqueue(request, { deadlineMs: 30_000 });
    const events: WorkerEvent[] = [];
    const worker = createWorker({ queue, manager, onEvent: (event) => events.push(event) });

    expect(await worker.run('drained')).toMatchObject({ done: 1 });
    const found = await queue.find(id);
    expect(found?.state).toBe('done');
    const [artifact = ''] = found?.result?.artifacts ?? [];
    expect((await store.get(artifact)).id).toBe(artifact);
    expect(events).toMatchObject([
      { type: 'started', id, attempt: 1 },
      { type: 'done', id, artifacts: [artifact], costUsd: 0.1 },
    ]);
    expect([paid.bought, manager.session('a user').images]).toEqual([1, 1]);
    await queue.close();
  });

  it('refuses a manager without a store before it pays for images that would be lost', async () => {
    const { paid, queue } = open();
    const manager = createImageManager({ providers: { paid } });
    expect(() => createWorker({ queue, manager })).toThrow(
      expect.objectContaining({ code: 'not_configured', message: expect.stringContaining('no store') }),
    );
    await queue.close();
  });

  it('Q16: fails before the submit when an input image is gone', async () => {
    const { store, paid, manager, queue } = open();
    const { id } = await queue.enqueue({ prompt: 'the same fox in blue', inputImages: [png()] });
    for (const { path } of await store.search({})) await rm(path);
    expect(await createWorker({ queue, manager }).run('drained')).toMatchObject({ dead: 1 });
    expect(await queue.find(id)).toMatchObject({
      state: 'dead',
      error: { code: 'invalid_request', charged: 'no', message: expect.stringContaining('inputImages') },
    });
    expect(paid.bought).toBe(0);
    await queue.close();
  });
});

it.each([
  ['concurrency', 0],
  ['concurrency', 1.5],
  ['leaseMs', 10],
  ['maxFailures', Number.NaN],
  ['queues', 'images'],
  ['manager', {}],
  ['concurency', 4],
])('refuses the setting %s: %j', (name, value) => {
  const { manager, queue } = open();
  const settings = { queue, manager, [name]: value } as WorkerSettings;
  expect(() => createWorker(settings)).toThrow(
    expect.objectContaining({
      code: 'not_configured',
      message: expect.stringContaining(name),
      hint: expect.any(String),
    }),
  );
});

it('refuses a queue that createQueue did not return', () => {
  const { manager, queue } = open();
  expect(() => createWorker({ manager, queue: { ...queue } })).toThrow(/createQueue/);
});

it('refuses a manager without the store of the queue, before anything is paid for', async () => {
  const { paid, manager, queue } = open();
  const other = createStore({ directory: join(folder(), 'other') });
  stores.push(other);
  const providers = { paid };
  for (const wrong of [createImageManager({ providers }), createImageManager({ providers, store: other })]) {
    expect(() => createWorker({ queue, manager: wrong })).toThrow(/the manager has (no|another) store/);
  }
  // A manager that wraps another one keeps its store.
  expect(() => createWorker({ queue, manager: { ...manager } })).not.toThrow();
  await queue.close();
});

it('refuses an unknown end instead of running forever', async () => {
  const { manager, queue } = open();
  const worker = createWorker({ queue, manager });
  await expect(worker.run('drain' as 'drained')).rejects.toMatchObject({
    code: 'invalid_request',
    hint: 'Use one of forever, once, drained.',
  });
  await queue.close();
});
