/** A worker thread makes the images. It posts the bytes of one without copying them, and an error as JSON. */
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { isAiImageError, StubProvider } from '@org/ai-image';
import { createOpenAI } from '@org/ai-image/providers/openai';
import { makeImages } from './scenario.mjs';

const baseUrls = JSON.parse(process.env.BASE_URLS);

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  worker.on('message', ({ report, imageBytes, error }) => {
    const signature = String.fromCharCode(...imageBytes.subarray(1, 4));
    console.log(JSON.stringify({ ...report, posted: `${signature}, ${error.code}` }));
  });
} else {
  const report = await makeImages({ StubProvider, createOpenAI, isAiImageError }, baseUrls);
  const { imageBytes } = await new StubProvider().generateImage('a boat', { size: '64x64' });
  const error = await new StubProvider().generateImage('').catch((reason) => reason);
  parentPort.postMessage({ report, imageBytes, error: JSON.parse(JSON.stringify(error)) }, [imageBytes.buffer]);
}
