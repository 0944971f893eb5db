import { createImageManager, createProvider } from '@org/ai-image';

// In an app: { openai: getProvider('openai'), fal: getProvider('fal') }. Providers are tried in this order.
const images = createImageManager({ providers: { main: createProvider('stub'), spare: createProvider('stub') } });

const {
  images: generated,
  provider,
  attempts,
  composed,
} = await images.generate({
  prompt: 'a {{variation}} fox in the snow',
  variation: 'red',
  style: 'woodcut',
  size: 'landscape',
});

console.log(provider, attempts.length, generated[0].width, composed.prompt);
await images.close();
