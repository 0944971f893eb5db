import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createQueue } from '@org/ai-image/queue';
import { createStore } from '@org/ai-image/store';

// In an app, use a permanent directory such as 'images'.
const store = createStore({ directory: await mkdtemp(join(tmpdir(), 'images-')) });
const queue = createQueue({ store });

const { id } = await queue.enqueue({ prompt: 'a red fox in the snow', provider: 'openai', n: 2 });
await queue.enqueue({ prompt: 'a contact sheet', provider: 'openai' }, { queue: 'slow', priority: -10 });

for (const { queue: name, states } of await queue.counts()) console.log(name, states.waiting, 'waiting');
console.log(id, (await queue.find(id))?.state);

await queue.close();
await store.close();
