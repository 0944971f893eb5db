import { createImageManager } from '@org/ai-image';
import { createStore } from '@org/ai-image/store';
import { createImageTools, toProfile } from '@org/ai-image/tool';

const persona = {
  name: 'Ada',
  image_generation: { enabled: 'True', max_images_per_session: 2, style_guidance: 'watercolour, soft light' },
};
const { profile, maxImages } = toProfile(persona, { providers: ['stub'] });

const store = createStore({ directory: 'images' });
const manager = createImageManager({ providers: { stub: 'stub' }, profiles: { ada: profile }, store });
// One set of tools for each session: the limits count for the set.
const tools = createImageTools({ manager, store, profile: 'ada', ...(maxImages !== undefined && { maxImages }) });

const twice = await tools.call('generate_image', { prompt: 'a red fox', size: '256x256', n: 2 }, { persona: 'ada' });
const third = await tools.call('generate_image', { prompt: 'a blue fox', size: '256x256' }, { persona: 'ada' });
console.log(twice.success, third.success, third.success || third.error); // true false …

await tools.close();
await manager.close();
await store.close();
