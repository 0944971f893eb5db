import { createImageManager, createProvider } from '@org/ai-image';
import { createImagen, type ImagenErrorData } from '@org/ai-image/ai-sdk';
import { APICallError, generateImage } from 'ai';

const manager = createImageManager({ providers: { stub: createProvider('stub', { fail: 'outcome_unknown' }) } });
const imagen = createImagen(manager);

try {
  await generateImage({ model: imagen('stub'), prompt: 'a red fox', size: '256x256' });
} catch (error) {
  if (!APICallError.isInstance(error)) throw error;
  const { code, charged, jobId } = error.data as ImagenErrorData;
  console.log(code, charged, error.isRetryable);
  // What is known of the call. `manager.settle` ends it, after a look at the usage page of the vendor.
  const call = jobId === null ? undefined : await manager.findCall(jobId);
  console.log(call?.state);
}
await manager.close();
