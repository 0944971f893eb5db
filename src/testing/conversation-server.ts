/** A server that replays the vendor's side of a conversation on a real socket, and records every deviation. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jsonText } from '../providers/kit/index.ts';
import { compareRequest, type ReceivedRequest } from './compare-request.ts';
import type { Exchange, RecordedResponse } from './conversation.ts';
import { dataUrl, expandAny, fillIn, mapTree, type Placeholders } from './expand.ts';

export interface ConversationServer {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** Method and path of every received request, in order. */
  readonly requests: readonly string[];
  /** Resolves when the first request has been read. */
  readonly arrived: Promise<void>;
  /** Every image that the server sent, complete or not. */
  readonly sent: readonly Uint8Array[];
  /** Returns the deviations so far, one sentence each, including exchanges that did not happen yet. */
  readonly problems: () => readonly string[];
  /** Closes the server and every connection. */
  readonly close: () => Promise<void>;
}

/** The status for a request that was not recorded: one that no provider retries. */
const NOT_RECORDED = 418;

interface Step {
  readonly exchange: Exchange;
  timesLeft: number;
}

/**
 * Starts the server on 127.0.0.1.
 * @param exchanges replayed in this order; neighbours marked `together` in any order
 * @param apiKey the value of `{{key}}`
 */
export async function serveConversation(
  exchanges: readonly Exchange[],
  { apiKey }: { readonly apiKey: string },
): Promise<ConversationServer> {
  const problems: string[] = [];
  const requests: string[] = [];
  const sent: Uint8Array[] = [];
  const { promise: arrived, resolve: resolveArrived } = Promise.withResolvers<void>();
  const steps: Step[] = exchanges.map((exchange) => ({ exchange, timesLeft: exchange.times ?? 1 }));

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A broken connection is an abort by the caller; any other error is a fault in the recording.
      if (!request.destroyed || !isReset(error)) problems.push(`the recording cannot be replayed: ${String(error)}`);
      response.destroy();
    });
  });
  // Conversations have no WebSockets: refuse the upgrade, so that the provider polls.
  server.on('upgrade', (_request, socket) => socket.destroy());
  const origin = await listen(server);
  const placeholders: Placeholders = { origin, apiKey };
  /** Matches concurrent requests one after the other. */
  let choosing: Promise<Exchange | undefined> = Promise.resolve(undefined);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const line = `${request.method} ${request.url}`;
    requests.push(line);
    const received = await readRequest(request);
    choosing = choosing.then(() => choose(received));
    const exchange = await choosing;
    resolveArrived();
    if (exchange === undefined) {
      response.writeHead(NOT_RECORDED, { 'content-type': 'text/plain' }).end('this request was not recorded');
      return;
    }
    await send(exchange.response, response, placeholders, sent);
  }

  /** Returns the next matching exchange; records how the request differs when there is none. */
  async function choose(received: ReceivedRequest): Promise<Exchange | undefined> {
    const line = `${received.method} ${received.path}`;
    const candidates = nextSteps(steps);
    if (candidates.length === 0)
      problems.push(`unexpected request ${requests.length} after the last recorded one: ${line}`);
    let fewest: readonly string[] = [];
    for (const step of candidates) {
      const faults = await compareRequest(step.exchange.request, received, placeholders);
      if (faults.length === 0) {
        step.timesLeft -= 1;
        return step.exchange;
      }
      if (fewest.length === 0 || faults.length < fewest.length) fewest = faults;
    }
    problems.push(...fewest.map((fault) => `request ${requests.length} (${line}): ${fault}`));
    return undefined;
  }

  return {
    origin,
    requests,
    arrived,
    sent,
    problems: () => [
      ...problems,
      ...steps
        .filter(({ timesLeft }) => timesLeft > 0)
        .map(({ exchange: { request }, timesLeft }) => {
          const times = timesLeft === 1 ? '' : `${timesLeft} times `;
          return `recorded but ${times}not sent: ${request.method} ${request.path}`;
        }),
    ],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Returns the next exchange, with the neighbours that are sent at the same time. */
function nextSteps(steps: readonly Step[]): readonly Step[] {
  const start = steps.findIndex(({ timesLeft }) => timesLeft > 0);
  if (start < 0) return [];
  const end = steps.findIndex(({ exchange }, index) => index >= start && !exchange.together);
  const group = steps.slice(start, end < 0 ? undefined : Math.max(end, start + 1));
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

async function readRequest(request: IncomingMessage): Promise<ReceivedRequest> {
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
  placeholders: Placeholders,
  sent: Uint8Array[],
): Promise<void> {
  if (recorded.instead === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (recorded.instead === 'silence') return; // until the server closes or the caller aborts
  const { type, body } = await toBody(recorded, placeholders, sent);
  const headers = Object.entries(recorded.headers ?? {}).map(([name, value]) => [name, fillIn(value, placeholders)]);
  response.writeHead(recorded.status ?? 200, { ...(type && { 'content-type': type }), ...Object.fromEntries(headers) });
  response.end(body);
}

interface Body {
  readonly type?: string;
  readonly body: string | Uint8Array;
}

async function toBody(
  { json, text, bytes, events }: RecordedResponse,
  placeholders: Placeholders,
  sent: Uint8Array[],
): Promise<Body> {
  /** Replaces images by bytes (`jsonText` writes them as base64), and fills in placeholders. */
  const expand = (value: unknown) =>
    mapTree(value, async (each) => {
      if (typeof each === 'string') return fillIn(each, placeholders);
      const expanded = await expandAny(each);
      if (expanded) sent.push(expanded.bytes);
      return expanded && (expanded.isDataUrl ? dataUrl(expanded) : expanded.bytes);
    });
  if (json !== undefined) return { type: 'application/json', body: jsonText(await expand(json)) };
  if (text !== undefined) return { body: fillIn(text, placeholders) };
  if (events !== undefined) {
    const written = await Promise.all(
      events.map(async ({ event, data }) => {
        const line = typeof data === 'string' ? fillIn(data, placeholders) : jsonText(await expand(data));
        return `${event === undefined ? '' : `event: ${event}\n`}data: ${line}\n\n`;
      }),
    );
    return { type: 'text/event-stream', body: written.join('') };
  }
  if (bytes === undefined) return { body: '' };
  if (typeof bytes === 'string') return { type: 'application/octet-stream', body: Buffer.from(bytes, 'base64') };
  const expanded = await expandAny(bytes);
  sent.push(expanded!.bytes);
  return { type: expanded!.mediaType, body: expanded!.bytes };
}

function isReset(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}
