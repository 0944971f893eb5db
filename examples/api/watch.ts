import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createImageManager } from '@org/ai-image';
import { ApiError, createClient } from '@org/ai-image/client';
import { createImageServer, listen } from '@org/ai-image/server';
import { createStore } from '@org/ai-image/store';

const token = randomBytes(32).toString('base64url');
const sha256 = createHash('sha256').update(token).digest('hex');
const store = createStore({ directory: await mkdtemp(join(tmpdir(), 'images-')) });
const manager = createImageManager({ providers: { stub: 'stub' }, store });
const server = await listen(createImageServer({ manager, store, tokens: [{ name: 'ada', sha256 }] }), { port: 0 });
const client = createClient({ url: server.url, token });

// Answers at once, and the call goes on.
const { run } = await client.generate({ prompt: 'a red fox in the snow', size: '256x256', wait: 0 });
for await (const event of client.watchRun({ id: run.id })) console.log(event.type);

const { artifacts } = await client.getRun({ id: run.id });
for (const id of artifacts) console.log((await client.getImage({ id })).mediaType);

try {
  await client.generate({ prompt: 'a fox', size: '1x' });
} catch (error) {
  if (!(error instanceof ApiError)) throw error;
  console.log(error.status, error.param, error.charged);
}

await server.close();
await manager.close();
await store.close();
