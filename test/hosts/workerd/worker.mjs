import { isAiImageError, StubProvider } from '@org/ai-image';
import { createOpenAI } from '@org/ai-image/providers/openai';
import { makeImages } from './scenario.mjs';

export default {
  async fetch(_request, env) {
    return Response.json(await makeImages({ StubProvider, createOpenAI, isAiImageError }, env.BASE_URLS));
  },
};
