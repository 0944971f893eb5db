/**
 * Replies and errors of Gemini's image models. A refusal, or a reply without an image, has status 200.
 * Sources: types of npm `@google/genai` 3.1.0; error shapes of ai.google.dev, "API errors".
 */
import * as z from 'zod/mini';
import type { ImageItem, ReadError } from '../../adapter/reply-types.ts';
import { blob } from '../../schema/blob.ts';

const counts = z.nullish(z.array(z.object({ modality: z.nullish(z.string()), tokenCount: z.nullish(z.number()) })));

export const geminiResponse = z.object({
  candidates: z.nullish(
    z.array(
      z.object({
        content: z.nullish(
          z.object({
            parts: z.nullish(
              z.array(
                z.object({
                  text: z.nullish(z.string()),
                  thought: z.nullish(z.boolean()),
                  inlineData: z.nullish(z.object({ mimeType: z.nullish(z.string()), data: z.nullish(blob()) })),
                  /** The field name of protocol buffers, which some gateways use. */
                  inline_data: z.nullish(z.object({ data: z.nullish(blob()) })),
                }),
              ),
            ),
          }),
        ),
        /** Next to `content`, not inside it. */
        finishReason: z.nullish(z.string()),
        finishMessage: z.nullish(z.string()),
      }),
    ),
  ),
  promptFeedback: z.nullish(
    z.object({ blockReason: z.nullish(z.string()), blockReasonMessage: z.nullish(z.string()) }),
  ),
  usageMetadata: z.nullish(
    z.object({
      promptTokenCount: z.nullish(z.number()),
      candidatesTokenCount: z.nullish(z.number()),
      thoughtsTokenCount: z.nullish(z.number()),
      totalTokenCount: z.nullish(z.number()),
      promptTokensDetails: counts,
      candidatesTokensDetails: counts,
    }),
  ),
  modelVersion: z.nullish(z.string()),
});
type Response = z.infer<typeof geminiResponse>;
type Candidate = NonNullable<Response['candidates']>[number];

const REFUSED = ['SAFETY', 'PROHIBITED_CONTENT', 'BLOCKLIST', 'SPII', 'RECITATION'];
const isRefusal = (reason: string) => REFUSED.includes(reason.replace(/^IMAGE_/, ''));

/** Images in thoughts are drafts. The declared media type may be wrong, so it is ignored. */
export function toGeminiImages({ candidates, promptFeedback }: Response): readonly ImageItem[] {
  const { blockReason, blockReasonMessage } = promptFeedback ?? {};
  const items = (candidates ?? []).flatMap(itemsOf);
  const hasImage = items.some((item) => 'bytes' in item);
  if (!blockReason || hasImage) return items;
  return [{ refused: [blockReason, blockReasonMessage].filter(Boolean).join(': ') }];
}

function itemsOf({ content, finishReason, finishMessage }: Candidate): readonly ImageItem[] {
  const all = content?.parts ?? [];
  const images = all.flatMap(({ inlineData, inline_data: other, thought }) => {
    const bytes = inlineData?.data ?? other?.data;
    return bytes ? [{ bytes, isDraft: thought === true }] : [];
  });
  if (images.length > 0) return images;
  // A normal end without text: an image may be in a part that could not be read.
  if ((finishReason ?? 'STOP') === 'STOP' && !all.some(({ text }) => text)) return [];
  const parts = all.filter(({ thought }) => !thought);
  const message = finishMessage ?? parts.flatMap(({ text }) => text ?? []).join(' ');
  const reason = [finishReason ?? 'no reason given', message.trim()].filter(Boolean).join(': ');
  return [isRefusal(finishReason ?? '') ? { refused: reason } : { missing: reason }];
}

export function toGeminiUsage({ usageMetadata }: Response) {
  if (!usageMetadata) return undefined;
  const { promptTokenCount, candidatesTokenCount, thoughtsTokenCount, totalTokenCount } = usageMetadata;
  const sum = (details: z.infer<typeof counts>, modality: string) =>
    details?.filter((each) => each.modality === modality).reduce((total, each) => total + (each.tokenCount ?? 0), 0);
  const imageTokens = sum(usageMetadata.candidatesTokensDetails, 'IMAGE') ?? candidatesTokenCount ?? undefined;
  return {
    inputTokens: promptTokenCount,
    outputTokens: candidatesTokenCount,
    totalTokens: totalTokenCount,
    textInputTokens: sum(usageMetadata.promptTokensDetails, 'TEXT'),
    imageInputTokens: sum(usageMetadata.promptTokensDetails, 'IMAGE'),
    imageOutputTokens: imageTokens,
    textOutputTokens: Math.max((candidatesTokenCount ?? 0) - (imageTokens ?? 0), 0) + (thoughtsTokenCount ?? 0),
  };
}

export const geminiError = z.object({
  error: z.object({
    message: z.string(),
    status: z.nullish(z.string()),
    details: z.nullish(z.array(z.looseObject({ reason: z.nullish(z.string()), retryDelay: z.nullish(z.string()) }))),
  }),
});

export function toGeminiError({ error: { message, status, details } }: z.infer<typeof geminiError>): ReadError {
  const reasons = (details ?? []).map(({ reason }) => reason);
  const [, seconds] =
    /^(\d+(?:\.\d+)?)s$/.exec((details ?? []).find(({ retryDelay }) => retryDelay)?.retryDelay ?? '') ?? [];
  // Waiting does not help with a daily quota or a quota of 0.
  const isUsedUp = /per ?day|limit: 0\b/i.test(`${message} ${JSON.stringify(details ?? [])}`);
  switch (status) {
    case 'INVALID_ARGUMENT':
      return {
        message,
        code: reasons.includes('API_KEY_INVALID') || /api key not valid/i.test(message) ? 'authentication' : undefined,
      };
    case 'FAILED_PRECONDITION':
      return {
        message,
        code: 'permission',
        hint: 'The account may need billing, or its country may not be supported.',
      };
    case 'NOT_FOUND':
      return {
        message,
        code: 'invalid_request',
        hint: 'The model does not exist or was shut down; `models()` lists the known ones.',
      };
    case 'RESOURCE_EXHAUSTED':
      return {
        message,
        code: isUsedUp ? 'quota_exhausted' : undefined,
        retryAfterMs: seconds === undefined ? undefined : Number(seconds) * 1000,
      };
    default:
      return { message };
  }
}
