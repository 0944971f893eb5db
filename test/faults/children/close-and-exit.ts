/** Generates an image with a job and a download, closes everything, and prints how long the process stayed alive. */
import { createImageManager } from '../../../src/index.ts';
import { jobProvider } from '../job-vendor.ts';

const images = createImageManager({ providers: { jobs: jobProvider({ origin: process.env.ORIGIN ?? '' }) } });
const { images: came } = await images.generate({ prompt: 'a red fox' });
await images.close();
const closedAt = performance.now();
process.on('exit', () => {
  process.stdout.write(JSON.stringify({ images: came.length, lingeredMs: performance.now() - closedAt }));
});
