import { getProvider, isAiImageError, StubProvider } from '@org/ai-image';
import { createOpenAI } from '@org/ai-image/providers/openai';
import { makeImages } from './scenario.mjs';

/** What both routes do. `provider` names the model of the provider that `instrumentation.js` has set. */
export async function answer(request) {
  const baseUrls = JSON.parse(new URL(request.url).searchParams.get('baseUrls'));
  const report = await makeImages({ StubProvider, createOpenAI, isAiImageError }, baseUrls);
  const provider = await generateWithSetProvider().catch((error) => error.code ?? String(error));
  return Response.json({ ...report, provider });
}

async function generateWithSetProvider() {
  const { model } = await getProvider().generateImage('a boat', { size: '64x64' });
  return model;
}
