import { createImageManager, createProvider } from '@org/ai-image';

const manager = createImageManager({
  providers: { main: createProvider('stub') },
  limits: { main: { maxConcurrent: 2 } },
});

const result = await manager.each('a {{variation}} fox', ['red', 'grey', 'white'], {
  retryFailed: 1,
  request: { size: '64x64' },
  onItem: ({ variation, status }, finished, all) => console.log(`${finished}/${all}`, variation, status),
});

// Later, or after a failure: finished images are not generated again.
const again = await manager.each('a {{variation}} fox', ['red', 'grey', 'white'], { previous: result });
console.log(again.isComplete);
