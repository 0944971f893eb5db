// @ts-nocheck -- a sample for the checks; the package it names is not installed here

import type { OpenAiSettings } from '@org/ai-image/providers/openai';
import { createOpenai } from '@org/ai-image/providers/openai';
import { createTransport } from '@org/ai-image/transport';
import OpenAI from 'openai';

/** The provider layer: the one folder that may know vendors. */
export function ourProvider(settings: OpenAiSettings) {
  return { provider: createOpenai(settings), transport: createTransport(settings), sdk: new OpenAI() };
}
