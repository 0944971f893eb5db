/**
 * The image API of OpenAI and Azure OpenAI: JSON for generations, a form for edits, base64 in replies, finished and partial images in
 * events. Source: types of npm `openai` 7.55.0; recorded requests of that client.
 */
import * as z from 'zod/mini';
import type { ImageItem } from '../adapter/reply-types.ts';
import type { EditArgs, InputFile, RequestArgs } from '../adapter/request-args.ts';
import type { ReadEvent } from '../adapter/stream-definition.ts';
import { blob } from '../schema/blob.ts';
import { sizeText } from '../sizes.ts';

const count = z.nullish(z.number());

export const openaiUsage = z.object({
  input_tokens: count,
  output_tokens: count,
  total_tokens: count,
  input_tokens_details: z.nullish(z.object({ text_tokens: count, image_tokens: count })),
  output_tokens_details: z.nullish(z.object({ text_tokens: count, image_tokens: count })),
});
type WireUsage = z.infer<typeof openaiUsage> | null | undefined;

export const openaiResponse = z.object({
  /** The GPT Image models never set `url`; some gateways with this API do. */
  data: z.nullish(
    z.array(
      z.object({ b64_json: z.nullish(blob()), url: z.nullish(z.string()), revised_prompt: z.nullish(z.string()) }),
    ),
  ),
  usage: z.nullish(openaiUsage),
});

export function toOpenAiImages({ data }: z.infer<typeof openaiResponse>): readonly ImageItem[] {
  return (data ?? []).flatMap(({ b64_json, url, revised_prompt: revisedPrompt }): readonly ImageItem[] => {
    if (b64_json) return [{ bytes: b64_json, revisedPrompt }];
    return url ? [{ link: url, revisedPrompt }] : [];
  });
}

export function toOpenAiUsage(usage: WireUsage) {
  if (!usage) return undefined;
  return {
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    totalTokens: usage.total_tokens,
    textInputTokens: usage.input_tokens_details?.text_tokens,
    imageInputTokens: usage.input_tokens_details?.image_tokens,
    imageOutputTokens: usage.output_tokens_details?.image_tokens,
  };
}

/** `image_generation.*` and `image_edit.*`: partial_image or completed. Each may hold an error. */
export const openaiEvent = z.object({
  type: z.nullish(z.string()),
  b64_json: z.nullish(blob()),
  url: z.nullish(z.string()),
  partial_image_index: count,
  usage: z.nullish(openaiUsage),
  error: z.nullish(z.object({ message: z.nullish(z.string()), code: z.nullish(z.string()) })),
});

type Meaning = Omit<Extract<ReadEvent, { kind: 'failed' }>, 'kind' | 'message'>;

/** @param meaningOf returns what an error code means at this service */
export function toOpenAiEvent(
  { type, b64_json: bytes, url, partial_image_index: index, usage, error }: z.infer<typeof openaiEvent>,
  meaningOf: (code: string | null | undefined, status: number) => Meaning,
): ReadEvent {
  if (error)
    return { kind: 'failed', message: error.message ?? error.code ?? 'no reason given', ...meaningOf(error.code, 400) };
  const isFinal = type?.endsWith('.completed') === true;
  if (isFinal && !bytes && url) return { kind: 'image', item: { link: url }, usage: toOpenAiUsage(usage) };
  if (!bytes) return undefined;
  if (isFinal) return { kind: 'image', item: { bytes }, usage: toOpenAiUsage(usage) };
  return { kind: 'partial', index: index ?? 0, bytes };
}

/** The options of both services, in the vendor's spelling. */
export const openaiOptions = {
  /** Percent, 100 by default. Not for PNG. */
  output_compression: z.optional(z.int().check(z.minimum(0), z.maximum(100))),
  /** Number of partial images, 2 by default in `stream()`. Each costs 100 additional output tokens. */
  partial_images: z.optional(z.int().check(z.minimum(0), z.maximum(3))),
};

interface Options {
  readonly partial_images?: number | undefined;
  /** Not sent under this name: see the adapter that has it. */
  readonly markup?: unknown;
}

/** Sends only requested fields, so that the vendor's defaults apply. Every GPT Image model refuses `response_format`. */
export function openaiFields<Own extends Options>({
  model,
  prompt,
  n,
  size,
  quality,
  format,
  background,
  safety,
  options,
  partials,
  isStreaming,
}: RequestArgs<Own>) {
  const { markup: _, partial_images = partials, ...own } = options;
  return {
    model,
    prompt,
    n: n > 1 ? n : undefined,
    size: size && sizeText(size),
    quality,
    output_format: format,
    background,
    moderation: safety,
    ...own,
    ...(isStreaming && { stream: true, partial_images }),
  };
}

/** Names the input images as the vendor's own client does: several are `image[]`, a single one is `image`. */
export function openaiImages({
  inputs,
  mask,
}: Pick<EditArgs<unknown>, 'inputs' | 'mask'>): Readonly<Record<string, InputFile | readonly InputFile[] | undefined>> {
  const [first, ...others] = inputs;
  return { ...(others.length > 0 ? { 'image[]': inputs } : { image: first }), mask };
}

export function openaiAccept({ isStreaming }: Pick<RequestArgs<unknown>, 'isStreaming'>) {
  return { accept: isStreaming ? 'text/event-stream' : 'application/json' };
}
