import { createImageManager, createProvider } from '@org/ai-image';

// In an app: { openai: getProvider('openai'), fal: getProvider('fal') }. Providers are tried in this order.
const manager = createImageManager({ providers: { main: createProvider('stub'), spare: createProvider('stub') } });

const { images, provider, attempts, composed } = await manager.generate({
  prompt: 'a {{variation}} fox in the snow',
  variation: 'red',
  style: 'woodcut',
  size: 'landscape',
});

console.log(provider, attempts.length, images[0].width, composed.prompt);
await manager.close();
