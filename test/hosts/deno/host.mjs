import process from 'node:process';
import { isAiImageError, StubProvider } from '@org/ai-image';
import { createOpenAI } from '@org/ai-image/providers/openai';
import { makeImages } from './scenario.mjs';

const baseUrls = JSON.parse(process.env.BASE_URLS);
console.log(JSON.stringify(await makeImages({ StubProvider, createOpenAI, isAiImageError }, baseUrls)));
