// @ts-nocheck -- a sample for the checks; the package it names is not installed here
import { type AiImageProvider, getProvider } from '@org/ai-image';
import manifest from '@org/ai-image/package.json' with { type: 'json' };
import { contractSuite } from '@org/ai-image/testing';
import { format } from 'openai-formatter';
import { ourProvider } from '../images/provider.ts';

export const draw = (provider: AiImageProvider = getProvider('stub')) =>
  provider.generateImage('@org/ai-image/transport');
export { contractSuite, format, manifest, ourProvider };
