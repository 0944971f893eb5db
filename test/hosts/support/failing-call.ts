/** A call whose requests a test of a host app has not all mocked. */
import { createProvider } from '../../../src/index.ts';

/** An address, so that no test asks a name server. */
export const link = 'https://8.8.8.8/fox?signature=hidden';
export const reply = { data: [{ url: link, is_image_safe: true }] };
export const path = '/v2/image/generate/';

/** Counts the retries of a call, and returns its error. */
export async function failingCall(id: 'ideogram' | 'openai', fetch?: typeof globalThis.fetch) {
  let retries = 0;
  const hooks = { onRetry: () => void retries++ };
  const provider = createProvider(id, { apiKey: 'test-key-0123456789', hooks, ...(fetch && { fetch }) });
  const error = await provider.generate({ prompt: 'a red fox' }).catch((thrown) => thrown);
  return { error, retries };
}

export const imageIsKept = { code: 'timeout', charged: 'yes', job: { provider: 'ideogram' } };
