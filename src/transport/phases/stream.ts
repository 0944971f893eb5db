/** A submit whose answer arrives in events, unfinished results first. */

import { toJsonText } from '../body/encode-body.ts';
import { readEvents } from '../body/events.ts';
import type { ResultLocation, StreamItem, TransportCall } from '../call.ts';
import { notifyHook, type TransportContext } from '../context.ts';
import { TransportError, transportError, withDetails } from '../errors.ts';
import { type CallScope, ScopeEnd } from '../flow/scope.ts';
import { CallerFault, readReply } from './exchange.ts';
import { jobFailed } from './poll.ts';
import { submit } from './submit.ts';

/** After an event that says that the call failed, a result may still come for so long. */
const GRACE_MS = 1_000;

type PartialItem = Extract<StreamItem, { kind: 'partial' }>;

/**
 * Sends the submit and hands every unfinished result to `onPartial` while it arrives.
 * @returns where the results are; when the stream breaks, those that came before
 * @throws TransportError as a submit; a stream that breaks or ends without a result leaves the outcome unknown
 */
export function runStream(
  wire: TransportContext,
  scope: CallScope,
  call: TransportCall,
  onPartial: (partial: PartialItem) => void,
): Promise<readonly ResultLocation[]> {
  return submit(wire, scope, call, async (response, signal, onBroken) => {
    if (isEventStream(response)) return readResults(wire, call, response, signal, onPartial, onBroken);
    // A server that does not stream after all answers whole.
    const reply = await readReply(wire, response, call, { signal, onBroken });
    return asCaller(() => call.locate(reply));
  });
}

function isEventStream({ headers }: Response): boolean {
  return /^text\/event-stream/i.test(headers.get('content-type') ?? '');
}

async function readResults(
  wire: TransportContext,
  call: TransportCall,
  response: Response,
  signal: AbortSignal,
  onPartial: (partial: PartialItem) => void,
  onBroken: (received: Uint8Array) => void,
): Promise<readonly ResultLocation[]> {
  const results: ResultLocation[] = [];
  let isAnswered = false;
  let failure: Extract<StreamItem, { kind: 'failed' }> | undefined;
  /** Events that were no result, of unfinished results the last. Without a result they may hold one, and were paid for. */
  const unused: unknown[] = [];
  let lastPartial: unknown;
  const received = () => textOf(lastPartial === undefined ? unused : [...unused, lastPartial]);
  const limits = { maxBytes: wire.limits.maxReplyBytes, maxBlobBytes: wire.limits.maxResultBytes };
  const own = wire.isPlatformFetch();
  const grace = new AbortController();
  let graceTimer: ReturnType<typeof setTimeout> | undefined;
  const reading = AbortSignal.any([signal, grace.signal]);
  const failed = () =>
    // The request was accepted: what the stream says later is no refusal of it.
    withDetails(jobFailed(failure!, wire, call, undefined), { outcome: 'unknown', received: received() });
  try {
    for await (const event of readEvents(response, { blobs: call.blobs, limits, signal: reading, own })) {
      const items = asCaller(() => call.readEvent?.(event) ?? []);
      for (const item of items) {
        if (item.kind === 'failed') {
          failure ??= item;
          graceTimer ??= setTimeout(() => grace.abort(), GRACE_MS);
        }
        if (item.kind === 'partial') notifyHook(onPartial, item);
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
    return results; // They are paid for and whole, whatever happened to those behind them.
  } finally {
    clearTimeout(graceTimer);
  }
  readRest();
  if (results.length === 0 && failure !== undefined) throw failed();
  if (isAnswered) {
    if (results.length === 0) call.onUnread?.(received);
    return results;
  }
  throw transportError('the stream ended before the result came', {
    fault: 'network',
    step: 'submit',
    outcome: 'unknown',
    received: received(),
  });

  function readRest(): void {
    for (const item of asCaller(() => call.readRest?.() ?? [])) {
      if (item.kind === 'result') results.push(item.result);
      isAnswered ||= item.kind === 'result' || item.kind === 'nothing';
    }
  }
}

/** The data of events as it came, one a line, but for white space. */
function textOf(events: readonly unknown[]): Uint8Array {
  const lines = events.map((data) => (typeof data === 'string' ? data : toJsonText(data)));
  return new TextEncoder().encode(lines.join('\n'));
}

/** Runs one of the caller's own readers: what it throws is not the network's fault. */
function asCaller<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof TransportError ? error : new CallerFault(error);
  }
}
