/** Generates through the provider's `stream`, which also brings unfinished images. */
import {
  AiImageError,
  type CallContext,
  type EditRequest,
  type ImageGeneration,
  type ImageRequest,
  isAiImageError,
  type MediaProvider,
} from '../../providers/protocol/index.ts';
import { OFFLINE } from './choose-targets.ts';

/** Whether the model's card says that it sends unfinished images. */
export async function sendsPartialImages(provider: MediaProvider, model: string): Promise<boolean> {
  const { [model]: card } = await provider.models(OFFLINE);
  return (card?.streaming?.maxPartials ?? 0) > 0;
}

/**
 * @param context its `onEvent` gets every event once, also from a provider whose `stream` calls no listener
 * @returns `undefined`: the provider refused to stream, and sent nothing
 */
export async function generateStreamed(
  provider: Required<MediaProvider>,
  request: ImageRequest | EditRequest,
  { onEvent, ...context }: CallContext,
): Promise<ImageGeneration | undefined> {
  let generation: ImageGeneration | undefined;
  let hasBegun = false;
  try {
    for await (const event of provider.stream(request, context)) {
      hasBegun = true;
      if (event.type === 'done') generation = event.generation;
      onEvent?.(event);
    }
  } catch (error) {
    // Its cards are perhaps those of another provider that it wraps.
    if (!hasBegun && isAiImageError(error) && error.code === 'unsupported' && error.charged === 'no') return undefined;
    throw error;
  }
  if (generation !== undefined) return generation;
  const message = `${provider.id}: the stream ended without a result`;
  const hint = 'This is a bug in the provider: the last event of its stream must be `done`.';
  throw new AiImageError('internal', message, { provider: provider.id, hint });
}
