import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createImageManager, createProvider } from '@org/ai-image';
import { createImageServer, listen } from '@org/ai-image/server';
import { createStore } from '@org/ai-image/store';

const token = crypto.randomUUID() + crypto.randomUUID();
const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));

// In an app, use a permanent directory such as 'images'.
const store = createStore({ directory: await mkdtemp(join(tmpdir(), 'images-')) });
const manager = createImageManager({ providers: { stub: createProvider('stub') }, store });
const server = createImageServer({
  manager,
  store,
  tokens: [{ name: 'ada', sha256: Buffer.from(hash).toString('hex'), perDayUsd: 5 }],
});
const { url, close } = await listen(server, { port: 0 });

const answer = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${token}` } });
console.log(answer.status); // 200

await close();
await manager.close();
await store.close();
