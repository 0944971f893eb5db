/** Creates Node's HTTP server for a `fetch` handler: time-outs, and the limits of its connections. */
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { AiImageError } from '../../../index.ts';
import { setDefaultHeaders } from '../http/guards/answer-headers.ts';
import { createRequestId } from '../http/guards/request-id.ts';
import { HttpFault } from '../http/http-fault.ts';
import { TextAnswer } from '../http/text-answer.ts';
import { answerFault } from '../http/to-fault.ts';
import { loadPeer } from '../load-peer.ts';
import type { ImageServer } from '../settings.ts';
import { closeGently } from './close-gently.ts';
import { closeSlowReaders, type SlowReaderRule } from './close-slow-readers.ts';

export interface HttpServerTimes {
  /** For the headers of a request, in milliseconds. */
  readonly headersTimeoutMs: number;
  /** For a request with its body. The answer may take as long as it likes. */
  readonly requestTimeoutMs: number;
  /** How often Node checks both. */
  readonly checkIntervalMs: number;
  /** For the next request on an open connection. */
  readonly keepAliveTimeoutMs: number;
  readonly slowReaders: SlowReaderRule;
}

export const DEFAULT_TIMES: HttpServerTimes = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  checkIntervalMs: 2_000,
  keepAliveTimeoutMs: 5_000,
  slowReaders: { windowMs: 30_000, minBytesPerSecond: 4_096, checkIntervalMs: 1_000 },
};

const MAX_CONNECTIONS = 1_000;
const MAX_HEADER_BYTES = 16_384;

/** @throws AiImageError `not_configured`: a package is not installed */
export async function createHttpServer(
  fetch: ImageServer['fetch'],
  times: { readonly [K in keyof HttpServerTimes]?: HttpServerTimes[K] | undefined } = {},
): Promise<Server> {
  const { getRequestListener } = await loadPeer(async () => {
    // Also needed by the first request. A missing package is reported before the server listens.
    await import('hono');
    return import('@hono/node-server');
  });
  const headersTimeout = times.headersTimeoutMs ?? DEFAULT_TIMES.headersTimeoutMs;
  const http = createServer(
    {
      headersTimeout,
      requestTimeout: Math.max(headersTimeout, times.requestTimeoutMs ?? DEFAULT_TIMES.requestTimeoutMs),
      connectionsCheckingInterval: times.checkIntervalMs ?? DEFAULT_TIMES.checkIntervalMs,
      keepAliveTimeout: times.keepAliveTimeoutMs ?? DEFAULT_TIMES.keepAliveTimeoutMs,
      maxHeaderSize: MAX_HEADER_BYTES,
      ServerResponse: CountingResponse,
    },
    // The objects of the platform belong to the host's program: they are not replaced.
    getRequestListener(writeTexts(fetch), { overrideGlobalObjects: false, errorHandler: answerBadRequest }),
  );
  http.maxConnections = MAX_CONNECTIONS;
  http.on('connection', closeGently);
  closeSlowReaders(http, times.slowReaders ?? DEFAULT_TIMES.slowReaders);
  return http;
}

/** Tells the adapter that the answer has been written. */
const WRITTEN = { headers: { 'x-hono-already-sent': 'true' } };

/** Writes short answers at once, and leaves all others to the adapter. */
function writeTexts(fetch: ImageServer['fetch']) {
  return async (request: Request, env: { readonly outgoing: unknown }): Promise<Response> => {
    const answer = await fetch(request, env);
    if (!(answer instanceof TextAnswer) || answer.bodyUsed) return answer;
    const outgoing = env.outgoing as ServerResponse; // the adapter passes that of Node's server
    const length = Buffer.byteLength(answer.content);
    outgoing.writeHead(answer.status, { ...Object.fromEntries(answer.headers), 'content-length': length });
    outgoing.end(answer.content);
    return new Response(null, WRITTEN);
  };
}

/** Counts the bytes of the body, for the access log. */
class CountingResponse<T extends IncomingMessage = IncomingMessage> extends ServerResponse<T> {
  bodyBytes = 0;

  override write(...args: readonly unknown[]): boolean {
    this.#count(args[0]);
    return Reflect.apply(super.write, this, args);
  }

  override end(...args: readonly unknown[]): this {
    this.#count(args[0]);
    return Reflect.apply(super.end, this, args);
  }

  #count(chunk: unknown): void {
    if (chunk instanceof Uint8Array) this.bodyBytes += chunk.byteLength;
    else if (typeof chunk === 'string') this.bodyBytes += Buffer.byteLength(chunk);
  }
}

/** The adapter could not make a request of what arrived, or the handler failed before its own error handling. */
function answerBadRequest(error: unknown): Response {
  const answer = answerFault(toAdapterFault(error));
  setDefaultHeaders(answer.headers, createRequestId());
  return answer;
}

function toAdapterFault(error: unknown): HttpFault {
  const isRequest = error instanceof Error && error.name === 'RequestError';
  if (isRequest) return new HttpFault(400, 'invalid_request', 'The address of the request is not valid.');
  const code = error instanceof AiImageError ? error.code : 'internal_error';
  return new HttpFault(500, code, 'The server failed.', { type: 'server_error' });
}
