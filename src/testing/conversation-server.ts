/** Plays the vendor's part of a conversation on a real socket, and notes everything that is not as recorded. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jsonText } from '../providers/kit/index.ts';
import { compareRequest, type SeenRequest } from './compare-request.ts';
import type { Exchange, RecordedResponse } from './conversation.ts';
import { dataUrl, expandAny, fillIn, mapTree, type Placeholders } from './expand.ts';

export interface ConversationServer {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** Method and path of every request that came, in order. */
  readonly requests: readonly string[];
  /** Resolves when the first request has been read. */
  readonly arrived: Promise<void>;
  /** Every picture that was sent, whole or not. */
  readonly sent: readonly Uint8Array[];
  /** What was not as recorded so far, a sentence each; with the exchanges that have not happened. */
  readonly problems: () => readonly string[];
  /** Ends the server and every connection. */
  readonly close: () => Promise<void>;
}

/** The answer to a request that was not recorded: nothing a provider may try again. */
const NOT_RECORDED = 418;

interface Turn {
  readonly exchange: Exchange;
  timesLeft: number;
}

/**
 * @param exchanges replayed in this order; those marked `together` in any order among themselves
 * @param apiKey what `{{key}}` stands for
 */
export async function serveConversation(
  exchanges: readonly Exchange[],
  { apiKey }: { readonly apiKey: string },
): Promise<ConversationServer> {
  const problems: string[] = [];
  const requests: string[] = [];
  const sent: Uint8Array[] = [];
  const { promise: arrived, resolve: noteArrival } = Promise.withResolvers<void>();
  const turns: Turn[] = exchanges.map((exchange) => ({ exchange, timesLeft: exchange.times ?? 1 }));

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // The connection breaking under us is the caller's doing (an abort); anything else is a fault of the recording.
      if (!request.destroyed || !isReset(error)) problems.push(`the recording cannot be played: ${String(error)}`);
      response.destroy();
    });
  });
  // Conversations are of questions and answers: whoever wants a line is turned away and has to ask.
  server.on('upgrade', (_request, socket) => socket.destroy());
  const origin = await listen(server);
  const filled: Placeholders = { origin, apiKey };
  /** One request is judged after the other, also when several come at once. */
  let choosing: Promise<Exchange | undefined> = Promise.resolve(undefined);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const line = `${request.method} ${request.url}`;
    requests.push(line);
    const seen = await readRequest(request);
    choosing = choosing.then(() => choose(seen));
    const exchange = await choosing;
    noteArrival();
    if (exchange === undefined) {
      response.writeHead(NOT_RECORDED, { 'content-type': 'text/plain' }).end('this request was not recorded');
      return;
    }
    await send(exchange.response, response, filled, sent);
  }

  /** Takes the exchange whose turn it is, or one of its group; notes how the request differs when there is none. */
  async function choose(seen: SeenRequest): Promise<Exchange | undefined> {
    const line = `${seen.method} ${seen.path}`;
    const candidates = nextTurns(turns);
    if (candidates.length === 0) problems.push(`request ${requests.length} is one too many: ${line}`);
    let nearest: readonly string[] = [];
    for (const turn of candidates) {
      const faults = await compareRequest(turn.exchange.request, seen, filled);
      if (faults.length === 0) {
        turn.timesLeft -= 1;
        return turn.exchange;
      }
      if (nearest.length === 0 || faults.length < nearest.length) nearest = faults;
    }
    problems.push(...nearest.map((fault) => `request ${requests.length} (${line}): ${fault}`));
    return undefined;
  }

  return {
    origin,
    requests,
    arrived,
    sent,
    problems: () => [
      ...problems,
      ...turns
        .filter(({ timesLeft }) => timesLeft > 0)
        .map(({ exchange: { request }, timesLeft }) => {
          const often = timesLeft === 1 ? '' : `${timesLeft} times `;
          return `recorded but ${often}not sent: ${request.method} ${request.path}`;
        }),
    ],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The first exchange that is still to come, with its neighbours that are sent at the same time. */
function nextTurns(turns: readonly Turn[]): readonly Turn[] {
  const start = turns.findIndex(({ timesLeft }) => timesLeft > 0);
  if (start < 0) return [];
  const end = turns.findIndex(({ exchange }, index) => index >= start && !exchange.together);
  const group = turns.slice(start, end < 0 ? undefined : Math.max(end, start + 1));
  return group.filter(({ timesLeft }) => timesLeft > 0);
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve(`http://127.0.0.1:${port}`);
    });
  });
}

async function readRequest(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  return { method: request.method ?? '', path: request.url ?? '', headers, body: Buffer.concat(chunks) };
}

async function send(
  recorded: RecordedResponse,
  response: ServerResponse,
  filled: Placeholders,
  sent: Uint8Array[],
): Promise<void> {
  if (recorded.instead === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (recorded.instead === 'silence') return; // until the server is closed or the caller gives up
  const { type, body } = await toBody(recorded, filled, sent);
  const headers = Object.entries(recorded.headers ?? {}).map(([name, value]) => [name, fillIn(value, filled)]);
  response.writeHead(recorded.status ?? 200, { ...(type && { 'content-type': type }), ...Object.fromEntries(headers) });
  response.end(body);
}

interface Body {
  readonly type?: string;
  readonly body: string | Uint8Array;
}

async function toBody(
  { json, text, bytes, events }: RecordedResponse,
  filled: Placeholders,
  sent: Uint8Array[],
): Promise<Body> {
  /** Pictures become bytes (`jsonText` writes them as base64), texts are filled in. */
  const expand = (value: unknown) =>
    mapTree(value, async (each) => {
      if (typeof each === 'string') return fillIn(each, filled);
      const drawn = await expandAny(each);
      if (drawn) sent.push(drawn.bytes);
      return drawn && (drawn.isDataUrl ? dataUrl(drawn) : drawn.bytes);
    });
  if (json !== undefined) return { type: 'application/json', body: jsonText(await expand(json)) };
  if (text !== undefined) return { body: fillIn(text, filled) };
  if (events !== undefined) {
    const written = await Promise.all(
      events.map(async ({ event, data }) => {
        const line = typeof data === 'string' ? fillIn(data, filled) : jsonText(await expand(data));
        return `${event === undefined ? '' : `event: ${event}\n`}data: ${line}\n\n`;
      }),
    );
    return { type: 'text/event-stream', body: written.join('') };
  }
  if (bytes === undefined) return { body: '' };
  if (typeof bytes === 'string') return { type: 'application/octet-stream', body: Buffer.from(bytes, 'base64') };
  const drawn = await expandAny(bytes);
  sent.push(drawn!.bytes);
  return { type: drawn!.mediaType, body: drawn!.bytes };
}

function isReset(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}
