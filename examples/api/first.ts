import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createImageManager } from '@org/ai-image';
import { createClient } from '@org/ai-image/client';
import { createImageServer, listen } from '@org/ai-image/server';
import { createStore } from '@org/ai-image/store';

// A server inside this program. `imagen serve` starts one from the command line.
const token = randomBytes(32).toString('base64url');
const sha256 = createHash('sha256').update(token).digest('hex');
const store = createStore({ directory: await mkdtemp(join(tmpdir(), 'images-')) });
const manager = createImageManager({ providers: { stub: 'stub' }, store });
const server = await listen(createImageServer({ manager, store, tokens: [{ name: 'ada', sha256 }] }), { port: 0 });

const client = createClient({ url: server.url, token });

// What would it cost?
const { candidates } = await client.plan({ prompt: 'a red fox in the snow' });
console.log(candidates[0]?.provider, candidates[0]?.price.usd ?? 'unknown');

const { generation } = await client.generate({ prompt: 'a red fox in the snow', size: '256x256' });
const [image] = generation?.images ?? [];
console.log(image?.width, image?.height);

// Start from the stored image, by its id.
if (image?.id) await client.edit({ prompt: 'the same fox at night', inputImages: [image.id] });

const { images } = await client.searchImages({ text: 'fox' });
console.log(images.length);

await server.close();
await manager.close();
await store.close();
