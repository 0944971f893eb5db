// @ts-nocheck -- a sample for the checks; the package it names is not installed here

import type { StubSettings } from '@org/ai-image/providers/stub';
import type { Transport } from '@org/ai-image/transport';
import { createTransport } from '@org/ai-image/transport';

export type { OpenAiSettings } from '@org/ai-image/providers/openai';
export { createOpenai } from '@org/ai-image/providers/openai';
export * from '@org/ai-image/transport';
export const later = () => import('@org/ai-image/providers/openai');
export const old = require('@org/ai-image/transport');
export type Card = import('@org/ai-image/providers/openai').OpenAiSettings;
export const computed = (id: string) => import(`@org/ai-image/providers/${id}`);
export { createTransport, type StubSettings, type Transport };
