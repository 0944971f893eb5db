/** One request's turn: a free place at its origin, and a clock of its own. */

import type { TransportContext } from '../context.ts';
import type { Step } from '../errors.ts';
import { type CallScope, endedError, openScope, ScopeEnd } from '../flow/scope.ts';

export interface ConnectionSlot {
  readonly step: Step;
  readonly url: URL;
  /** From the moment the place is free; waiting for it counts against the scope alone. */
  readonly timeoutMs: number;
}

/** @param work ends with its signal @throws TransportError when the scope ends while waiting */
export async function withConnectionSlot<T>(
  wire: TransportContext,
  scope: CallScope,
  { step, url, timeoutMs }: ConnectionSlot,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const leave = await wire
    .gateOf(url.origin)
    .enter(scope.signal)
    .catch((reason: unknown) => {
      const doing = `waiting for a free connection to ${wire.redact(url.host)}`;
      throw reason instanceof ScopeEnd ? endedError(reason, step, 'failed', doing) : reason;
    });
  const own = openScope(scope.signal, timeoutMs, wire.clock);
  try {
    return await work(own.signal);
  } finally {
    own.close();
    // The platform frees a connection a moment after its last byte was read; without that moment it would open another one.
    setTimeout(leave);
  }
}
