/** An open line on which a server tells how a job stands. Best effort: without one, and when it breaks, the job is asked about as ever. */
import { openSocket } from '#platform';
import type { RunContext, WebSocketProtocol } from '../call.ts';
import { notifyHook, resolveApiUrl, type TransportContext } from '../context.ts';
import type { JobTicket } from '../errors.ts';
import { type CallScope, openScope } from '../flow/scope.ts';
import { sleep, untilAborted } from '../flow/wait.ts';
import { requestToken } from './token-request.ts';

/** A server that is slow to open a line is asked instead. */
const OPEN_TIMEOUT_MS = 3_000;
/** Messages before the answer to the submit: it may come later than the first news about its job. */
const MAX_EARLY = 256;

type Message = string | Uint8Array;

export interface JobSocket {
  /** Whether news may be waited for: the line is open, and the end of the job was not told yet. */
  readonly isTelling: () => boolean;
  /** Whether the end of the job was told. */
  readonly isOver: () => boolean;
  /** Reads what came already and what comes. */
  readonly follow: (ticket: JobTicket, context: Pick<RunContext, 'onState' | 'onPartial'>) => void;
  /** As `sleep`, but ends early when the job is over or the line breaks. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly close: () => void;
}

/** @returns undefined when there is no line to be had */
export async function openJobSocket(
  wire: TransportContext,
  scope: CallScope,
  protocol: WebSocketProtocol,
): Promise<JobSocket | undefined> {
  if (wire.ownFetch !== undefined) return undefined; // it goes its own ways, which a socket does not know
  const own = openScope(scope.signal, OPEN_TIMEOUT_MS, wire.clock);
  try {
    const url = resolveApiUrl(wire, protocol.path, {}, 'poll');
    const context = {
      signal: own.signal,
      clock: wire.clock,
      ask: (question: Parameters<typeof requestToken>[1]) => requestToken(wire, question),
    };
    const request = { method: 'GET', url, headers: wire.headers };
    const { query = {}, headers = {} } = await wire.auth.authorize(request, context);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = openSocket(url, { ...wire.headers, ...headers });
    return socket && (await untilAborted(opened(socket, protocol), own.signal, (late) => late.close()));
  } catch {
    return undefined; // the job is asked about instead; the submit itself will say what is wrong with the server
  } finally {
    own.close();
  }
}

function opened(socket: WebSocket, { read }: WebSocketProtocol): Promise<JobSocket> {
  let state: 'open' | 'over' | 'broken' = 'open';
  let early: Message[] = [];
  let hear = (message: Message) => void (early.length < MAX_EARLY && early.push(message));
  const sleepers = new Set<AbortController>();
  const change = (to: 'over' | 'broken') => {
    if (state === 'open') state = to;
    for (const sleeper of sleepers) sleeper.abort();
  };
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (typeof data === 'string') hear(data);
    else if (data instanceof ArrayBuffer) hear(new Uint8Array(data));
  });
  const line: JobSocket = {
    isTelling: () => state === 'open',
    isOver: () => state === 'over',
    follow(ticket, { onState, onPartial }) {
      hear = (message) => {
        const told = readSafely(read, message, ticket);
        if (told?.kind === 'over') change('over');
        else if (told?.kind === 'partial') notifyHook((partial) => onPartial?.(partial.bytes, partial.metadata), told);
        else if (told !== undefined) notifyHook(onState, told);
      };
      for (const message of early) hear(message);
      early = [];
    },
    async wait(ms, signal) {
      const sleeper = new AbortController();
      sleepers.add(sleeper);
      try {
        await sleep(ms, AbortSignal.any([signal, sleeper.signal]));
      } catch {
        signal.throwIfAborted(); // else it was woken
      } finally {
        sleepers.delete(sleeper);
      }
    },
    close: () => socket.close(),
  };
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve(line));
    const breakOff = () => {
      change('broken');
      reject(new Error('the line was not opened')); // says nothing to one that was
    };
    socket.addEventListener('close', breakOff);
    socket.addEventListener('error', breakOff);
  });
}

/** News that cannot be read are none. */
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
