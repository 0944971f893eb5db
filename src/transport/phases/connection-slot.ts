/** Limits concurrent connections per origin and gives each request its own timeout. */
import type { TransportContext } from '../context.ts';
import type { Step } from '../errors.ts';
import { type CallScope, openScope, ScopeEnd, scopeEndError } from '../flow/scope.ts';

export interface ConnectionSlot {
  readonly step: Step;
  readonly url: URL;
  /** Starts when the slot is acquired. Time spent waiting for the slot counts only towards the scope's deadline. */
  readonly timeoutMs: number;
}

/**
 * Waits for a free slot and runs `work` in it.
 * @param work must stop when its signal fires
 * @throws TransportError when the scope ends while waiting
 */
export async function withConnectionSlot<T>(
  context: TransportContext,
  scope: CallScope,
  { step, url, timeoutMs }: ConnectionSlot,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const release = await context
    .concurrencyLimitOf(url.origin)
    .acquire(scope.signal)
    .catch((reason: unknown) => {
      const action = `waiting for a free connection to ${context.redact(url.host)}`;
      throw reason instanceof ScopeEnd ? scopeEndError(reason, step, 'failed', action) : reason;
    });
  const slotScope = openScope(scope.signal, timeoutMs, context.clock);
  try {
    return await work(slotScope.signal);
  } finally {
    slotScope.close();
    // The platform frees a connection shortly after its last byte was read. Released earlier, the next request would open a new one.
    setTimeout(release);
  }
}
