/** The headers of an answer that a call made. */
import type { ManagedGeneration } from '../../../../index.ts';
import type { Run } from '../../runs/run-list.ts';
import { modelOf } from './image-answer.ts';

/** Money may have moved: the client must not send the request again by itself. */
export function runHeaders({ id, isAdopted }: Pick<Run, 'id' | 'isAdopted'>): Readonly<Record<string, string>> {
  return { 'x-should-retry': 'false', 'x-imagen-run': id, ...(isAdopted && { 'x-imagen-adopted': id }) };
}

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
