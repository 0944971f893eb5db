import { getProvider } from '@org/ai-image';

const controller = new AbortController(); // for example, call controller.abort() when the user closes the page

const { images } = await getProvider().generate(
  { prompt: 'a lighthouse', size: '512x512', metadata: { costCenter: 'website' } },
  { signal: controller.signal, deadlineMs: 60_000 },
);
console.log(images[0].width);

// generateImage takes everything in one object.
const { imageBytes } = await getProvider().generateImage('a lighthouse', {
  signal: controller.signal,
  deadlineMs: 60_000,
});
console.log(imageBytes.length);
