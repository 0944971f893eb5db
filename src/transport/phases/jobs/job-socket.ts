/** A WebSocket on which a server reports a job's state. Best effort: without it, or after it breaks, the job is polled as usual. */
import { openSocket } from '#platform';
import type { RunContext, WebSocketProtocol } from '../../call.ts';
import { notifyHook, resolveApiUrl, type TransportContext } from '../../context.ts';
import type { JobTicket } from '../../errors.ts';
import { forwardAbort } from '../../flow/forward-abort.ts';
import { type CallScope, openScope } from '../../flow/scope.ts';
import { sleep, untilAborted } from '../../flow/wait.ts';

/** If the socket takes longer to open, the job is polled instead. */
const OPEN_TIMEOUT_MS = 3_000;
/** Messages kept until the reply to the submit is read, because they can arrive before it. */
const MAX_EARLY_MESSAGES = 256;

type Message = string | Uint8Array;

export interface JobSocket {
  /** True while the socket is open and has not reported the end of the job. */
  readonly isLive: () => boolean;
  /** True after the socket reported the end of the job. */
  readonly hasEnded: () => boolean;
  /** Starts reading messages, including those that have already arrived. */
  readonly follow: (ticket: JobTicket, listeners: Pick<RunContext, 'onState' | 'onPartial'>) => void;
  /** Like `sleep`, but ends early when the job ends or the socket breaks. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly close: () => void;
}

/** @returns `undefined` when no socket could be opened */
export async function openJobSocket(
  context: TransportContext,
  scope: CallScope,
  protocol: WebSocketProtocol,
): Promise<JobSocket | undefined> {
  if (context.customFetch !== undefined) return undefined; // a custom fetch may use proxies or credentials that a socket would miss
  const openingScope = openScope(scope.signal, OPEN_TIMEOUT_MS, context.clock);
  try {
    const url = resolveApiUrl(context, protocol.path, {}, 'poll');
    const authContext = {
      signal: openingScope.signal,
      clock: context.clock,
      requestToken: context.requestToken,
    };
    const request = { method: 'GET', url, headers: context.headers };
    const { query = {}, headers = {} } = await context.auth.authorize(request, authContext);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = openSocket(url, { ...context.headers, ...headers });
    return socket && (await untilAborted(untilOpen(socket, protocol), openingScope.signal, (late) => late.close()));
  } catch {
    return undefined; // the job is polled instead; if the server is at fault, the submit reports it
  } finally {
    openingScope.close();
  }
}

function untilOpen(socket: WebSocket, { read }: WebSocketProtocol): Promise<JobSocket> {
  let state: 'open' | 'over' | 'broken' = 'open';
  let earlyMessages: Message[] = [];
  let handleMessage = (message: Message) =>
    void (earlyMessages.length < MAX_EARLY_MESSAGES && earlyMessages.push(message));
  const sleepers = new Set<AbortController>();
  const change = (to: 'over' | 'broken') => {
    if (state === 'open') state = to;
    for (const sleeper of sleepers) sleeper.abort();
  };
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (typeof data === 'string') handleMessage(data);
    else if (data instanceof ArrayBuffer) handleMessage(new Uint8Array(data));
  });
  const jobSocket: JobSocket = {
    isLive: () => state === 'open',
    hasEnded: () => state === 'over',
    follow(ticket, { onState, onPartial }) {
      handleMessage = (message) => {
        const update = readSafely(read, message, ticket);
        if (update?.kind === 'over') change('over');
        else if (update?.kind === 'partial')
          notifyHook(
            (partial) => onPartial?.(partial.bytes, partial.metadata),
            () => update,
          );
        else if (update !== undefined) notifyHook(onState, () => update);
      };
      for (const message of earlyMessages) handleMessage(message);
      earlyMessages = [];
    },
    async wait(ms, signal) {
      const sleeper = new AbortController();
      sleepers.add(sleeper);
      const stopListening = forwardAbort(signal, sleeper);
      try {
        await sleep(ms, sleeper.signal);
      } catch {
        signal.throwIfAborted(); // otherwise the socket ended the wait
      } finally {
        stopListening();
        sleepers.delete(sleeper);
      }
    },
    close: () => socket.close(),
  };
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve(jobSocket));
    const onBroken = () => {
      change('broken');
      reject(new Error('the socket did not open')); // no effect after it has opened
    };
    socket.addEventListener('close', onBroken);
    socket.addEventListener('error', onBroken);
  });
}

/** A message that cannot be read is ignored. */
function readSafely(
  read: WebSocketProtocol['read'],
  message: Message,
  ticket: JobTicket,
): ReturnType<WebSocketProtocol['read']> {
  try {
    return read(message, ticket);
  } catch {
    return undefined;
  }
}
