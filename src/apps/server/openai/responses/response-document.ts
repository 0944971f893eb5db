/** The answer of `/v1/responses`, and its parts in events. Source: openai 7.59, resources/responses/responses.d.ts. */
import type { GeneratedImage, ManagedGeneration } from '../../../../index.ts';

export interface ResponseFacts {
  /** The call id. */
  readonly run: string;
  /** Seconds since the epoch. */
  readonly createdAt: number;
  /** The model that the client named, for clients that compare it. */
  readonly model: string;
  readonly action: 'generate' | 'edit';
  readonly previous: string | undefined;
}

export type ResponseStatus = 'in_progress' | 'completed' | 'failed';

export const responseId = (run: string): string => `resp_${run}`;
export const imageCallId = (run: string, index: number): string => `ig_${run}_${index}`;

/** @returns the call id and the position of the image; undefined if it is not an id of this API */
export function readImageCallId(id: string): { readonly run: string; readonly index: number } | undefined {
  const [, run, index] = /^ig_(.{1,200})_(\d{1,3})$/.exec(id) ?? [];
  return run === undefined ? undefined : { run, index: Number(index) };
}

/** @returns the call id; undefined if it is not an id of this API */
export const readResponseId = (id: string): string | undefined => /^resp_(.{1,200})$/.exec(id)?.[1];

export function toResponse(
  { run, createdAt, model, previous }: ResponseFacts,
  status: ResponseStatus,
  output: readonly object[],
  more: object = {},
): object {
  return {
    id: responseId(run),
    object: 'response',
    created_at: createdAt,
    status,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    metadata: {},
    model,
    output,
    parallel_tool_calls: false,
    previous_response_id: previous ?? null,
    temperature: null,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [{ type: 'image_generation' }],
    top_p: null,
    truncation: 'disabled',
    ...more,
  };
}

/** The item of an image that is not finished. */
export const toPendingItem = ({ run, action }: ResponseFacts): object => ({
  id: imageCallId(run, 0),
  type: 'image_generation_call',
  status: 'in_progress',
  action,
  result: null,
});

/** The item of a finished image. `result` holds its bytes, which stand for their base64 text. */
export function toImageItem(
  { run, action }: ResponseFacts,
  { imageBytes, format, width, height, revisedPrompt }: GeneratedImage,
  index: number,
  { applied }: ManagedGeneration,
): object {
  return {
    id: imageCallId(run, index),
    type: 'image_generation_call',
    status: 'completed',
    action,
    background: applied.background ?? 'auto',
    output_format: format,
    quality: applied.quality ?? 'auto',
    size: `${width}x${height}`,
    result: imageBytes,
    ...(revisedPrompt !== undefined && { revised_prompt: revisedPrompt }),
  };
}

/** @param imagen what the answer says beside the fields of OpenAI */
export function toCompletedResponse(facts: ResponseFacts, generation: ManagedGeneration, imagen?: object): object {
  const { images, usage } = generation;
  const output = images.map((image, index) => toImageItem(facts, image, index, generation));
  return toResponse(facts, 'completed', output, { ...(usage && { usage: toUsage(usage) }), ...(imagen && { imagen }) });
}

function toUsage({
  inputTokens = 0,
  outputTokens = 0,
  totalTokens = inputTokens + outputTokens,
}: NonNullable<ManagedGeneration['usage']>): object {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: totalTokens,
  };
}
