/** Reads token counts and cost, under every name that these servers use. */
import type { ReportedUsage } from '../kit/index.ts';
import type { WireUsage } from './wire.ts';

/** @param headers LiteLLM reports the cost in a header. @param reportedUsd a cost reported elsewhere in the response */
export function toUsage(
  usage: WireUsage | null | undefined,
  headers: Readonly<Record<string, string>>,
  reportedUsd?: number | null | undefined,
): ReportedUsage | undefined {
  const counted = {
    inputTokens: firstAboveZero(usage?.input_tokens, usage?.prompt_tokens, usage?.inputTokens),
    outputTokens: firstAboveZero(usage?.output_tokens, usage?.completion_tokens, usage?.outputTokens),
    totalTokens: firstAboveZero(usage?.total_tokens, usage?.totalTokens),
    usd: usage?.cost ?? costIn(headers) ?? reportedUsd ?? undefined,
  };
  return Object.values(counted).every((value) => value === undefined) ? undefined : counted;
}

/** Skips zeros: servers without token counts report 0. */
const firstAboveZero = (...counts: readonly (number | null | undefined)[]): number | undefined =>
  counts.find((count): count is number => typeof count === 'number' && count > 0);

function costIn(headers: Readonly<Record<string, string>>): number | undefined {
  const text = headers['x-litellm-response-cost']?.trim() ?? '';
  return /^\d+(?:\.\d+)?(?:e-?\d+)?$/i.test(text) ? Number(text) : undefined;
}
