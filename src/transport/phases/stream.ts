/** Submits a call whose reply is a stream of events, with partial results before the final one. */
import { toJsonText } from '../body/encode-body.ts';
import { readEvents } from '../body/events.ts';
import type { ResultLocation, StreamItem, TransportCall } from '../call.ts';
import { notifyHook, type TransportContext } from '../context.ts';
import { TransportError, transportError, withDetails } from '../errors.ts';
import { forwardAbort } from '../flow/forward-abort.ts';
import { type CallScope, ScopeEnd } from '../flow/scope.ts';
import { CallerError, readReply } from './exchange.ts';
import { jobFailed } from './jobs/job-error.ts';
import { submit } from './submit.ts';

/** How long to wait for a result after an event that reports a failure. */
const GRACE_MS = 1_000;

type PartialItem = Extract<StreamItem, { kind: 'partial' }>;

/**
 * Submits the call and passes each partial result to `onPartial` as it arrives. **Costs money.**
 * @returns where the results are; after a broken stream, the results that arrived before
 * @throws TransportError like `submit`; `outcome: 'unknown'` if the stream breaks or ends without a result
 */
export function runStream(
  context: TransportContext,
  scope: CallScope,
  call: TransportCall,
  onPartial: (partial: PartialItem) => void,
): Promise<readonly ResultLocation[]> {
  return submit(context, scope, call, async (response, signal, onBroken) => {
    if (isEventStream(response)) return readResults(context, call, response, signal, onPartial, onBroken);
    // Some servers ignore the request to stream and send one reply.
    const reply = await readReply(context, response, call, { signal, onBroken });
    return runCallerCode(() => call.locate(reply));
  });
}

function isEventStream({ headers }: Response): boolean {
  return /^text\/event-stream/i.test(headers.get('content-type') ?? '');
}

async function readResults(
  context: TransportContext,
  call: TransportCall,
  response: Response,
  signal: AbortSignal,
  onPartial: (partial: PartialItem) => void,
  onBroken: (received: Uint8Array) => void,
): Promise<readonly ResultLocation[]> {
  const results: ResultLocation[] = [];
  let isAnswered = false;
  let failure: Extract<StreamItem, { kind: 'failed' }> | undefined;
  /** Events that held no result, kept for `received`: they were paid for and may hold a result that was not recognised. */
  const unused: unknown[] = [];
  let lastPartial: unknown;
  const received = () => textOf(lastPartial === undefined ? unused : [...unused, lastPartial]);
  const limits = { maxBytes: context.limits.maxReplyBytes, maxBlobBytes: context.limits.maxResultBytes };
  const mayReclaim = context.mayReclaimChunks();
  const reading = new AbortController();
  const stopListening = forwardAbort(signal, reading);
  let graceTimer: ReturnType<typeof setTimeout> | undefined;
  const failed = () =>
    // The request had been accepted, so work may have been done.
    withDetails(jobFailed(failure!, context, call, undefined), { outcome: 'unknown', received: received() });
  try {
    for await (const event of readEvents(response, { blobs: call.blobs, limits, signal: reading.signal, mayReclaim })) {
      const items = runCallerCode(() => call.readEvent?.(event) ?? []);
      for (const item of items) {
        if (item.kind === 'failed') {
          failure ??= item;
          graceTimer ??= setTimeout(() => reading.abort(), GRACE_MS);
        }
        if (item.kind === 'partial') notifyHook(onPartial, () => item);
        if (item.kind === 'result') results.push(item.result);
        isAnswered ||= item.kind === 'result' || item.kind === 'nothing';
      }
      if (items.some(({ kind }) => kind === 'partial')) lastPartial = event.data;
      else if (!items.some(({ kind }) => kind === 'result')) unused.push(event.data);
    }
  } catch (error) {
    const isAborted = signal.reason instanceof ScopeEnd && signal.reason.kind === 'aborted';
    readRest();
    if (failure !== undefined && results.length === 0 && !signal.aborted) throw failed();
    if (results.length === 0) onBroken(received());
    if (results.length === 0 || isAborted) throw error;
    return results; // complete and paid for, although the stream broke later
  } finally {
    stopListening();
    clearTimeout(graceTimer);
  }
  readRest();
  if (results.length === 0 && failure !== undefined) throw failed();
  if (isAnswered) {
    if (results.length === 0) call.onUnread?.(received);
    return results;
  }
  throw transportError('the stream ended before a result arrived', {
    fault: 'network',
    step: 'submit',
    outcome: 'unknown',
    received: received(),
  });

  function readRest(): void {
    for (const item of runCallerCode(() => call.readRest?.() ?? [])) {
      if (item.kind === 'result') results.push(item.result);
      isAnswered ||= item.kind === 'result' || item.kind === 'nothing';
    }
  }
}

/** The data of the events as received, one event per line; white space may differ. */
function textOf(events: readonly unknown[]): Uint8Array {
  const lines = events.map((data) => (typeof data === 'string' ? data : toJsonText(data)));
  return new TextEncoder().encode(lines.join('\n'));
}

/** Runs a function of the caller. Its exceptions are not network errors and pass through unchanged. */
function runCallerCode<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof TransportError ? error : new CallerError(error);
  }
}
