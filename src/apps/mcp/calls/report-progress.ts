/** Tells the client how far a call is. */
import type { ServerContext } from '@modelcontextprotocol/server';
import type { ToolCallContext } from '../../../tool/index.ts';

const MAX_MESSAGE_LENGTH = 200;
/** Vendors may report more often than clients care to know. */
const MIN_INTERVAL_MS = 1_000;
/** A client requires that each number is above the one before. */
const SMALLEST_STEP = 0.0001;

/** @returns `undefined`: the client does not ask for progress */
export function progressReporter(
  { mcpReq }: Pick<ServerContext, 'mcpReq'>,
  now: () => number = Date.now,
): ToolCallContext['onProgress'] {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return undefined;
  let last = 0;
  let sentAtMs = Number.NEGATIVE_INFINITY;
  return ({ progress: fraction, message }) => {
    if (now() - sentAtMs < MIN_INTERVAL_MS) return;
    sentAtMs = now();
    last = Math.max(fraction ?? 0, last + SMALLEST_STEP);
    const params = {
      ...{ progressToken, progress: last, message: message.slice(0, MAX_MESSAGE_LENGTH) },
      ...(fraction !== undefined && { total: Math.max(1, last) }),
    };
    // A client that has left misses it.
    mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined);
  };
}
