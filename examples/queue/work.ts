import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createImageManager, createProvider } from '@org/ai-image';
import { createQueue, createWorker } from '@org/ai-image/queue';
import { createStore } from '@org/ai-image/store';

const store = createStore({ directory: await mkdtemp(join(tmpdir(), 'images-')) });
const queue = createQueue({ store });
const manager = createImageManager({ providers: { main: createProvider('stub') }, store });

const { id } = await queue.enqueue({ prompt: 'a red fox in the snow', size: '64x64' });

const worker = createWorker({
  queue,
  manager,
  concurrency: 4,
  onEvent: (event) => console.log(event.type, 'id' in event ? event.id : ''),
});
// On SIGTERM, running work gets 25 seconds to end.
process.once('SIGTERM', () => worker.stop());

await worker.run('drained'); // without 'drained', it runs until worker.stop()

for (const artifact of (await queue.find(id))?.result?.artifacts ?? []) console.log((await store.get(artifact)).path);

await queue.close();
await manager.close();
await store.close();
