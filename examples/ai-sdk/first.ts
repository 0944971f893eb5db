import { createImageManager, createProvider } from '@org/ai-image';
import { createImagen, imagenOptions } from '@org/ai-image/ai-sdk';
import { generateImage } from 'ai';

// In an app: { openai: getProvider('openai') }, and imagen('openai/gpt-image-2') below.
const manager = createImageManager({ providers: { stub: createProvider('stub') } });
const imagen = createImagen(manager);

const { images, warnings } = await generateImage({
  model: imagen('stub/stub-1'),
  prompt: 'a red fox in the snow',
  n: 2,
  size: '256x256',
  providerOptions: imagenOptions({ quality: 'hd' }),
});

for (const { mediaType, providerMetadata } of images) console.log(mediaType, providerMetadata?.['ai-image']?.costUsd);
console.log(warnings.length, 'warnings');
await manager.close();
