import { isAiImageError, StubProvider } from '@org/ai-image';
import { createOpenAI } from '@org/ai-image/providers/openai';
import { makeImages } from './scenario.mjs';

const baseUrls = JSON.parse(new URLSearchParams(location.search).get('baseUrls'));
window.report = makeImages({ StubProvider, createOpenAI, isAiImageError }, baseUrls);
