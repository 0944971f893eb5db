/** Many pictures of one prompt, in order, as many at once as is wanted; what came is never bought again. */
import { AiImageError, isAiImageError } from '../../providers/protocol/index.ts';
import { isFree } from '../steps/conclude.ts';
import { quietly } from '../tracing.ts';
import type { BatchItem, BatchOptions, BatchResult, ImageManager, ManagerRequest } from '../types.ts';

const USUAL_CONCURRENCY = 4;

export async function runBatch(
  generate: ImageManager['generate'],
  prompt: string,
  variations: readonly string[],
  {
    concurrency = USUAL_CONCURRENCY,
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
      hint: 'Pass for example 4.',
    });
  }
  const items: BatchItem[] = variations.map((variation, index): BatchItem => {
    const before = previous?.items[index];
    return before?.status === 'done' && before.variation === variation
      ? before
      : { status: 'waiting', index, variation };
  });
  const todo = items.filter(({ status }) => status === 'waiting').map(({ index }) => index);
  const work = async () => {
    for (let index = todo.shift(); index !== undefined && !signal?.aborted; index = todo.shift()) {
      const item = await one(index, variations[index] ?? '');
      items[index] = item;
      const over = items.filter(({ status }) => status !== 'waiting').length;
      quietly(() => onItem?.(item, over, items.length));
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, todo.length) }, work));
  return { items, isComplete: items.every(({ status }) => status === 'done') };

  /** Tried again only where that cannot pay twice. */
  async function one(index: number, variation: string): Promise<BatchItem> {
    for (let attempt = 0; ; attempt++) {
      try {
        const generation = await generate({ ...request, prompt, variation } as ManagerRequest, { signal });
        return { status: 'done', index, variation, ...(collect && { generation }) };
      } catch (error) {
        const known = isAiImageError(error)
          ? error
          : new AiImageError('internal', 'the manager failed', { cause: error });
        if (attempt >= retryFailed || !isFree(known)) return { status: 'failed', index, variation, error: known };
      }
    }
  }
}
