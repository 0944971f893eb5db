/** Generates one image per variation of a prompt, several at a time. Items that are done are never generated again. */

import { isFreeToRepeat } from '../../providers/protocol/error-rules.ts';
import { AiImageError, isAiImageError } from '../../providers/protocol/index.ts';
import type { BatchItem, BatchOptions, BatchResult } from '../interfaces/batch.ts';
import type { ImageManager } from '../interfaces/image-manager.ts';
import type { ManagerRequest } from '../interfaces/request.ts';
import { ignoreErrors } from '../tracing.ts';
import { checkVariation } from './check-request.ts';

const DEFAULT_CONCURRENCY = 4;

export async function runBatch(
  generate: ImageManager['generate'],
  prompt: string,
  variations: readonly string[],
  {
    concurrency = DEFAULT_CONCURRENCY,
    retryFailed = 0,
    collect = true,
    request,
    previous,
    onItem,
    signal,
  }: BatchOptions = {},
): Promise<BatchResult> {
  if (!(Number.isInteger(concurrency) && concurrency > 0)) {
    throw new AiImageError('invalid_request', 'concurrency must be a whole number above 0', {
      hint: 'For example, pass concurrency: 4.',
    });
  }
  const misplaced = (['prompt', 'variation'] as const).find((name) => request?.[name] !== undefined);
  if (misplaced !== undefined) {
    throw new AiImageError(
      'invalid_request',
      `each: the request of the options has a ${misplaced}, which would be ignored`,
      {
        hint: 'Pass the prompt as the first argument and the variations as the second: each(prompt, variations, options).',
      },
    );
  }
  if (variations.length > 0) checkVariation({ prompt, variation: '' });
  const items: BatchItem[] = variations.map((variation, index): BatchItem => {
    const earlier = previous?.items[index];
    return earlier?.status === 'done' && earlier.variation === variation
      ? earlier
      : { status: 'waiting', index, variation };
  });
  const waiting = items.filter(({ status }) => status === 'waiting').map(({ index }) => index);
  const work = async () => {
    for (let index = waiting.shift(); index !== undefined && !signal?.aborted; index = waiting.shift()) {
      const item = await generateItem(index, variations[index] ?? '');
      items[index] = item;
      const finished = items.filter(({ status }) => status !== 'waiting').length;
      ignoreErrors(() => onItem?.(item, finished, items.length));
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, waiting.length) }, work));
  return { items, isComplete: items.every(({ status }) => status === 'done') };

  /** Tries again only where the failed attempt was not charged. */
  async function generateItem(index: number, variation: string): Promise<BatchItem> {
    for (let attempt = 1; ; attempt++) {
      try {
        const generation = await generate({ ...request, prompt, variation } as ManagerRequest, { signal });
        return { status: 'done', index, variation, ...(collect && { generation }) };
      } catch (thrown) {
        const error = isAiImageError(thrown)
          ? thrown
          : new AiImageError('internal', 'the manager failed', {
              cause: thrown,
              hint: 'See error.cause. If it does not come from your own code, please report this as a bug.',
            });
        if (attempt > retryFailed || !isFreeToRepeat(error)) return { status: 'failed', index, variation, error };
      }
    }
  }
}
