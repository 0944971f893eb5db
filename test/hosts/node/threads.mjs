/** A worker thread makes the images. It posts the bytes of one without copying them, and an error with its job as plain data. */
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { AiImageError, isAiImageError, StubProvider, toPortableJSON } from '@org/ai-image';
import { createOpenAI } from '@org/ai-image/providers/openai';
import { makeImages } from './scenario.mjs';

const baseUrls = JSON.parse(process.env.BASE_URLS);

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  worker.on('message', ({ report, imageBytes, error }) => {
    const signature = String.fromCharCode(...imageBytes.subarray(1, 4));
    const { code, job } = AiImageError.fromJSON(error);
    console.log(JSON.stringify({ ...report, posted: `${signature}, ${code}, ${job.id}` }));
  });
} else {
  const report = await makeImages({ StubProvider, createOpenAI, isAiImageError }, baseUrls);
  const { imageBytes } = await new StubProvider().generateImage('a boat', { size: '64x64' });
  const slow = new StubProvider({ job: { polls: 1_000 } });
  const error = await slow.generate({ prompt: 'a boat', size: '64x64' }, { deadlineMs: 500 }).catch((reason) => reason);
  parentPort.postMessage({ report, imageBytes, error: toPortableJSON(error) }, [imageBytes.buffer]);
}
