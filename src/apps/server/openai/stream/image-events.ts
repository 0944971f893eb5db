/** The events of OpenAI's Images API: unfinished and finished images. Source: openai 7.59, resources/images.d.ts. */
import type {
  AppliedSettings,
  GeneratedImage,
  ImageFormat,
  ManagedGeneration,
  ManagerEvent,
  Usage,
} from '../../../../index.ts';
import type { EventWriter } from './answer-events.ts';
import type { StreamEvent } from './event-channel.ts';

export interface ImageEventSettings {
  readonly operation: 'generate' | 'edit';
  /** Number of images that were asked for. */
  readonly images: number;
  /** Number of unfinished images that may be sent of each image, from 0. */
  readonly partialImages: number;
  /** What the last event says beside OpenAI's fields. @default nothing */
  readonly reportOf?: ((generation: ManagedGeneration) => object) | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const PREFIX = { generate: 'image_generation', edit: 'image_edit' } as const;

/**
 * A finished image is sent when the next one arrives, and the last one at the end of the call, which brings the usage and what the server
 * reports. Which image is the last one is known only then: others may have failed.
 */
export function createImageEvents({
  operation,
  images,
  partialImages,
  reportOf,
  now,
}: ImageEventSettings): EventWriter {
  const prefix = PREFIX[operation];
  const sent = new Set<string>();
  let partials = 0;
  let held: GeneratedImage | undefined;
  let applied: AppliedSettings | undefined;

  const fieldsOf = (format: ImageFormat, size: string | undefined) => ({
    created_at: Math.floor(now() / 1000),
    size: size ?? applied?.size ?? 'auto',
    quality: applied?.quality ?? 'auto',
    background: applied?.background ?? 'auto',
    output_format: format,
  });
  function completed(image: GeneratedImage, usage: Usage = {}, imagen?: object): StreamEvent {
    const { id, imageBytes, format, width, height } = image;
    sent.add(id);
    const type = `${prefix}.completed`;
    const fields = fieldsOf(format, `${width}x${height}`);
    return {
      event: type,
      data: { type, b64_json: imageBytes, ...fields, usage: toEventUsage(usage, operation), ...(imagen && { imagen }) },
    };
  }
  function partial({ imageBytes, format }: Extract<ManagerEvent, { type: 'partial' }>): StreamEvent {
    const type = `${prefix}.partial_image`;
    const data = { type, b64_json: imageBytes, partial_image_index: partials++, ...fieldsOf(format, undefined) };
    return { event: type, data, replaces: type };
  }

  return {
    onEvent(event) {
      switch (event.type) {
        case 'planned':
          applied = event.plan.candidates[0]?.plan.applied;
          return [];
        case 'partial':
          return partials < partialImages * images ? [partial(event)] : [];
        case 'image': {
          const earlier = held;
          held = event.image;
          return earlier === undefined ? [] : [completed(earlier)];
        }
        case 'queued':
        case 'submitted':
        case 'progress':
        case 'done':
          return [];
        default:
          return event satisfies never;
      }
    },
    onResult(generation) {
      applied = generation.applied;
      const rest = generation.images.filter(({ id }) => !sent.has(id));
      return rest.map((image, index) =>
        index === rest.length - 1 ? completed(image, generation.usage, reportOf?.(generation)) : completed(image),
      );
    },
    onError: (body) => [{ event: 'error', data: body }],
  };
}

/** The client's types require it: 0 where no tokens are known. The usage of the call is in its last event. */
function toEventUsage(
  { inputTokens = 0, outputTokens = 0, totalTokens = inputTokens + outputTokens }: Usage,
  operation: 'generate' | 'edit',
) {
  return {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    total_tokens: totalTokens,
    // Without input images, all input is text. How an edit divides is not known.
    input_tokens_details: { text_tokens: operation === 'generate' ? inputTokens : 0, image_tokens: 0 },
  };
}
