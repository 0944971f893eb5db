/** The events of `/v1/responses` with `stream: true`. Source: openai 7.59, resources/responses/responses.d.ts. */
import type { AppliedSettings, ManagedGeneration, ManagerEvent } from '../../../../index.ts';
import type { EventWriter } from '../stream/answer-events.ts';
import type { StreamEvent } from '../stream/event-channel.ts';
import {
  imageCallId,
  type ResponseFacts,
  toCompletedResponse,
  toImageItem,
  toPendingItem,
  toResponse,
} from './response-document.ts';

export interface ResponseEventSettings {
  readonly facts: ResponseFacts;
  /** Number of unfinished images that may be sent, from 0. */
  readonly partialImages: number;
  /** What the answer says beside the fields of OpenAI. */
  readonly imagenOf: (generation: ManagedGeneration) => object;
}

export function createResponseEvents({ facts, partialImages, imagenOf }: ResponseEventSettings): EventWriter {
  let sequence = 0;
  let partials = 0;
  let applied: AppliedSettings | undefined;
  const event = (type: string, fields: object, replaces?: string): StreamEvent => ({
    event: type,
    data: { type, sequence_number: sequence++, ...fields },
    ...(replaces !== undefined && { replaces }),
  });
  const firstItem = { item_id: imageCallId(facts.run, 0), output_index: 0 };

  function partial({ imageBytes, format }: Extract<ManagerEvent, { type: 'partial' }>): StreamEvent {
    const { size = 'auto', quality = 'auto', background = 'auto' } = applied ?? {};
    const type = 'response.image_generation_call.partial_image';
    const settings = { size, quality, background, output_format: format };
    const image = { partial_image_index: partials++, partial_image_b64: imageBytes };
    return event(type, { ...firstItem, ...image, ...settings }, type);
  }

  return {
    begin: () => [
      event('response.created', { response: toResponse(facts, 'in_progress', []) }),
      event('response.in_progress', { response: toResponse(facts, 'in_progress', []) }),
      event('response.output_item.added', { output_index: 0, item: toPendingItem(facts) }),
      event('response.image_generation_call.in_progress', firstItem),
      event('response.image_generation_call.generating', firstItem),
    ],
    onEvent(received) {
      if (received.type === 'planned') applied = received.plan.candidates[0]?.plan.applied;
      return received.type === 'partial' && partials < partialImages ? [partial(received)] : [];
    },
    onResult: (generation) => [
      ...generation.images.flatMap((image, index) => {
        const item = toImageItem(facts, image, index, generation);
        // The vendor sent more than one image.
        const added = index > 0 ? [event('response.output_item.added', { output_index: index, item })] : [];
        const place = { item_id: imageCallId(facts.run, index), output_index: index };
        const completed = event('response.image_generation_call.completed', place);
        return [...added, completed, event('response.output_item.done', { output_index: index, item })];
      }),
      event('response.completed', { response: toCompletedResponse(facts, generation, imagenOf(generation)) }),
    ],
    onError({ error }) {
      const { code, message } = error;
      const failedItem = { ...toPendingItem(facts), status: 'failed' };
      const response = toResponse(facts, 'failed', [failedItem], { error: { code, message } });
      return [event('response.failed', { response })];
    },
  };
}
