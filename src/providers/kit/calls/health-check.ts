/** Checks without cost whether a vendor answers and accepts the credential. */
import type { CallContext } from '../../protocol/context.ts';
import type { Health } from '../../protocol/health.ts';
import type { ProviderParts } from '../adapter/call-context.ts';
import { bySettings } from '../adapter/provider-definition.ts';
import { hookLabels } from '../hook-labels.ts';
import { createReplyState } from '../response/reply-state.ts';
import { toAiImageError } from '../response/translate-error.ts';
import { freeRequestHandlers } from './free-requests.ts';

const DEFAULT_HEALTH_DEADLINE_MS = 15_000;

export async function checkHealth(
  parts: ProviderParts,
  { signal, deadlineMs = DEFAULT_HEALTH_DEADLINE_MS, callId }: CallContext = {},
): Promise<Health> {
  const { definition, settings, transport } = parts;
  const { about } = definition;
  const health = bySettings(definition.health, settings);
  if (health === undefined) {
    return { status: 'unknown', message: `${about.title} has no free request that shows whether the key works` };
  }
  const startedAt = performance.now();
  const latencyMs = () => Math.round(performance.now() - startedAt);
  const replyState = createReplyState();
  const labels = await hookLabels(parts, callId === undefined ? {} : { callId: () => callId });
  try {
    await transport.ask(health, freeRequestHandlers(parts, { labels, replyState }), { signal, deadlineMs });
    return { status: 'ok', latencyMs: latencyMs() };
  } catch (error) {
    const { code, message, status } = toAiImageError(error, {
      about,
      hint: replyState.hint,
      isBeforeSubmit: true,
      redact: transport.redact,
    });
    if (status !== undefined && health.passes?.includes(status)) return { status: 'ok', latencyMs: latencyMs() };
    return { status: 'failing', latencyMs: latencyMs(), code, message };
  }
}
