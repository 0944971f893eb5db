/** Compiled with the types of browsers alone. */
import { type AiImageResult, getProvider, isAiImageError, StubProvider, setProvider } from '@org/ai-image';
import { createImageManager } from '@org/ai-image/manager';
import { createOpenAI } from '@org/ai-image/providers/openai';
import { createTransport } from '@org/ai-image/transport';

export const parts = { createImageManager, createTransport };

export async function respond(prompt: string, apiKey: string): Promise<Response> {
  setProvider(new StubProvider());
  const offline: AiImageResult = await getProvider().generateImage(prompt, { size: '64x64' });
  const { images } = await createOpenAI({ apiKey }).generate({ prompt, n: 2, quality: 'hd', size: 'landscape' });
  const [first] = images;
  return new Response(new Blob([offline.imageBytes, first.imageBytes]), {
    headers: { 'content-type': first.mediaType },
  });
}

export function describe(error: unknown): string {
  return isAiImageError(error) ? `${error.code}: ${error.hint ?? error.message}` : String(error);
}

// @ts-expect-error a size is a text
export const wrong = (): Promise<AiImageResult> => getProvider().generateImage('a boat', { size: 64 });
