import { createImageManager } from '@org/ai-image';
import { createStore } from '@org/ai-image/store';
import { createImageTools } from '@org/ai-image/tool';

const store = createStore({ directory: 'images' });
// The stub generates offline. With a key in the environment, write { openai: 'openai' }.
const manager = createImageManager({ providers: { stub: 'stub' }, store });
const tools = createImageTools({ manager, store, maxUsd: 2, maxImages: 10 });

const context = { callId: 'call_7a1c9e2f4b6d8035' }; // the framework's id of the tool call
const first = await tools.call('generate_image', { prompt: 'a red fox in the snow', size: '512x512' }, context);
const again = await tools.call('generate_image', { prompt: 'a red fox in the snow', size: '512x512' }, context);

console.log(JSON.stringify(first, undefined, 2));
console.log(again); // the same images: the call was paid once

await tools.close();
await manager.close();
await store.close();
