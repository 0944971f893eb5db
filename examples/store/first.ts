import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createImageManager, createProvider } from '@org/ai-image';
import { createStore } from '@org/ai-image/store';

// In an app, use a permanent directory such as 'images'.
const store = createStore({ directory: await mkdtemp(join(tmpdir(), 'images-')) });
const manager = createImageManager({ providers: { main: createProvider('stub') }, store, budget: { perDayUsd: 20 } });

const fox = await manager.generate({ prompt: 'a red fox in the snow', size: '256x256' });
const night = await manager.continue(fox, 'make it night');
for (const { path } of fox.saved) console.log(path);

await store.keep(night.images[0].id);
for (const { path, prompt } of await store.search({ text: 'night', kept: true })) console.log(path, prompt);
console.log(await store.lineage(night.images[0].id));

await manager.close();
await store.close();
