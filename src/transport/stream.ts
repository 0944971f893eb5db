/** A submit whose answer arrives in events, unfinished results first. */
import { readEvents } from './body/events.ts';
import type { Located, StreamItem, TransportCall } from './call.ts';
import { TransportError, transportError } from './errors.ts';
import { CallerFault, readReply } from './exchange.ts';
import { jobFailed } from './poll.ts';
import { type Scope, ScopeEnd } from './scope.ts';
import { submit } from './submit.ts';
import { tell, type Wire } from './wire.ts';

type PartialItem = Extract<StreamItem, { kind: 'partial' }>;

/**
 * Sends the submit and hands every unfinished result to `onPartial` while it arrives.
 * @returns where the results are; when the stream breaks, those that came before
 * @throws TransportError as a submit; a stream that breaks or ends without a result leaves the outcome unknown
 */
export function runStream(
  wire: Wire,
  scope: Scope,
  call: TransportCall,
  onPartial: (partial: PartialItem) => void,
): Promise<readonly Located[]> {
  return submit(wire, scope, call, async (response, signal, onBroken) => {
    if (isEventStream(response)) return readResults(wire, call, response, signal, onPartial);
    // A server that does not stream after all answers whole.
    const reply = await readReply(wire, response, call, { signal, onBroken });
    return asCaller(() => call.locate(reply));
  });
}

function isEventStream({ headers }: Response): boolean {
  return /^text\/event-stream/i.test(headers.get('content-type') ?? '');
}

async function readResults(
  wire: Wire,
  call: TransportCall,
  response: Response,
  signal: AbortSignal,
  onPartial: (partial: PartialItem) => void,
): Promise<readonly Located[]> {
  const results: Located[] = [];
  let isAnswered = false;
  const limits = { maxBytes: wire.limits.maxReplyBytes, maxBlobBytes: wire.limits.maxResultBytes };
  const own = wire.isPlatformFetch();
  try {
    for await (const event of readEvents(response, { blobs: call.blobs, limits, signal, own })) {
      const item = asCaller(() => call.readEvent?.(event));
      if (item?.kind === 'failed') throw jobFailed(item, wire, call, undefined);
      if (item?.kind === 'partial') tell(onPartial, item);
      if (item?.kind === 'result') results.push(item.result);
      isAnswered ||= item?.kind === 'result' || item?.kind === 'nothing';
    }
  } catch (error) {
    const isAborted = signal.reason instanceof ScopeEnd && signal.reason.kind === 'aborted';
    if (results.length === 0 || isAborted) throw error;
    return results; // They are paid for and whole, whatever happened to those behind them.
  }
  if (isAnswered) return results;
  throw transportError('the stream ended before the result came', {
    fault: 'network',
    step: 'submit',
    outcome: 'unknown',
  });
}

/** Runs one of the caller's own readers: what it throws is not the network's fault. */
function asCaller<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof TransportError ? error : new CallerFault(error);
  }
}
