/** Whether a vendor answers and knows the credential, asked without cost. */
import type { CallContext } from '../../protocol/context.ts';
import type { Health } from '../../protocol/health.ts';
import type { ProviderParts } from '../adapter/call-context.ts';
import { bySettings } from '../adapter/definition.ts';
import { createReplyState } from '../response/reply-state.ts';
import { toReading } from '../response/run-call.ts';
import { toAiImageError } from '../response/translate-error.ts';

/** A health check is a short question. */
const HEALTH_DEADLINE_MS = 15_000;

export async function checkHealth(
  { definition, settings, transport }: ProviderParts,
  { signal, deadlineMs = HEALTH_DEADLINE_MS }: CallContext = {},
): Promise<Health> {
  const { about, defaultModel: model } = definition;
  const health = bySettings(definition.health, settings);
  if (health === undefined)
    return { status: 'unknown', message: `${about.title} offers no question that costs nothing` };
  const startedAt = performance.now();
  const latencyMs = () => Math.round(performance.now() - startedAt);
  const seen = createReplyState();
  const reading = toReading({
    definition,
    settings,
    model,
    words: [],
    seen,
    labels: {},
    usualMs: undefined,
    redact: transport.redact,
  });
  try {
    await transport.ask(health, reading, { signal, deadlineMs });
    return { status: 'ok', latencyMs: latencyMs() };
  } catch (error) {
    // No work is at stake in this question: a refusal is one, and what cannot be reached is simply not available.
    const { code, message, status } = toAiImageError(error, {
      about,
      hint: seen.hint,
      isBeforeSubmit: true,
      redact: transport.redact,
    });
    if (status !== undefined && health.passes?.includes(status)) return { status: 'ok', latencyMs: latencyMs() };
    return { status: 'failing', latencyMs: latencyMs(), code, message };
  }
}
