/** The headers of an answer with images. */
import type { ManagedGeneration } from '../../../../index.ts';
import { modelOf } from './image-answer.ts';

export function resultHeaders(generation: ManagedGeneration, processingMs: number): Readonly<Record<string, string>> {
  const { usd } = generation.cost;
  return {
    'openai-processing-ms': String(Math.max(0, Math.round(processingMs))),
    ...(usd !== undefined && { 'x-imagen-cost-usd': String(usd) }),
    'x-imagen-model': toHeaderText(modelOf(generation)),
  };
}

/** A third-party provider may have any name. */
const toHeaderText = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?');
