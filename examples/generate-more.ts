import { createProvider } from '@org/ai-image';

const provider = createProvider('stub'); // or createProvider('openai', { apiKey })

const { images, warnings, cost } = await provider.generate({
  prompt: 'a lighthouse in a storm',
  n: 2,
  size: 'landscape',
  quality: 'hd',
  format: 'webp',
});

for (const { width, height, imageBytes } of images) console.log(`${width}x${height}, ${imageBytes.length} bytes`);
for (const { message } of warnings) console.log(message);
console.log(cost.usd === undefined ? 'cost unknown' : `$${cost.usd} (${cost.basis})`);
