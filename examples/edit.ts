import { readFile, writeFile } from 'node:fs/promises';
import { getProvider } from '@org/ai-image';

const { images } = await getProvider().edit({
  prompt: 'the same scene at night',
  inputImages: [await readFile('fox.png')],
  // mask: await readFile('mask.png'), // white = repaint, black = keep
});
await writeFile('fox-at-night.png', images[0].imageBytes);
