/** With a queue, workers generate the images, and no unfinished ones reach the server. */
import { afterAll, expect, it } from 'vitest';
import { createImageManager, StubProvider } from '../../../src/index.ts';
import { createQueue, createWorker } from '../../../src/queue/index.ts';
import { createStore } from '../../../src/store/index.ts';
import { useFolder } from '../../store/support.ts';
import { useServers } from '../support.ts';
import { parseEvents } from './support.ts';

const folder = useFolder();
const start = useServers();
const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

async function startWithQueue() {
  const store = createStore({ directory: folder(), marks: 'none' });
  const manager = createImageManager({ providers: { stub: new StubProvider() }, store });
  const queue = createQueue({ store });
  const server = await start({ store, manager, queue });
  const worker = createWorker({ queue, manager });
  closing.push(async () => {
    await server.close();
    await queue.close();
    await manager.close();
    await store.close();
  });
  return { server, queue, worker };
}

it.each([
  [
    '/v1/images/generations',
    { prompt: 'a fox', size: '64x64', stream: true, partial_images: 2 },
    'image_generation.completed',
  ],
  [
    '/v1/responses',
    { input: 'a fox', stream: true, tools: [{ type: 'image_generation', size: '64x64', partial_images: 2 }] },
    'response.completed',
  ],
])('%s says that partial_images has no effect', async (path, body, last) => {
  const { server, queue, worker } = await startWithQueue();
  const answering = server.post(path, body);
  await expect.poll(async () => (await queue.list()).length).toBe(1);
  await worker.run('drained');
  const answer = await answering;
  expect(answer.status).toBe(200);
  const events = parseEvents(await answer.text());
  expect(events.at(-1)?.event).toBe(last);
  expect(JSON.stringify(events.at(-1)?.data)).toContain('`partial_images` has no effect');
});
