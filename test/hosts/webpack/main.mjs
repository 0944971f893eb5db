import { isAiImageError, StubProvider } from '@org/ai-image';
import { createOpenAI } from '@org/ai-image/providers/openai';
import { makeImages } from './scenario.mjs';

export const run = (baseUrls) => makeImages({ StubProvider, createOpenAI, isAiImageError }, baseUrls);
