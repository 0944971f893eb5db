import { getProvider } from '@org/ai-image';

for await (const event of getProvider().stream({ prompt: 'a garden in spring' })) {
  if (event.type === 'partial') console.log(`unfinished image ${event.index}: ${event.imageBytes.length} bytes`);
  if (event.type === 'done') console.log(`done: ${event.generation.images.length}`);
}
