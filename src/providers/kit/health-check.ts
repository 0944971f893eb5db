/** Whether a vendor answers and knows the credential, asked without cost. */
import { type Fault, TransportError } from '../../transport/index.ts';
import type { CallContext } from '../protocol/context.ts';
import type { Health } from '../protocol/health.ts';
import { bySettings } from './definition.ts';
import { type Seen, toReading } from './run-call.ts';
import type { ProviderParts } from './running.ts';
import { toAiImageError } from './translate-error.ts';

/** A health check is a short question. */
const HEALTH_DEADLINE_MS = 15_000;
/** No work is at stake in this question: what cannot be reached is simply not available. */
const NOT_THERE: readonly Fault[] = ['network', 'server'];

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
  const seen: Seen = { refused: [], links: [] };
  const reading = toReading({
    definition,
    settings,
    model,
    prompt: '',
    seen,
    labels: {},
    usualMs: undefined,
    redact: transport.redact,
  });
  try {
    await transport.ask(health, reading, { signal, deadlineMs });
    return { status: 'ok', latencyMs: latencyMs() };
  } catch (error) {
    const { code, message } = toAiImageError(error, { about, hint: seen.hint });
    if (error instanceof TransportError && NOT_THERE.includes(error.fault)) {
      return { status: 'failing', latencyMs: latencyMs(), code: 'unavailable', message };
    }
    return { status: 'failing', latencyMs: latencyMs(), code, message };
  }
}
