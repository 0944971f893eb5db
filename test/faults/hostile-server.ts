/**
 * An HTTP server on raw sockets that can misbehave at any byte. Counts what matters: requests with their times, started work ("bills"), and
 * sockets.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { createServer as createTlsServer } from 'node:tls';

/** One completely read request. */
export interface Hit {
  /** By `performance.now()`. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Everything received, headers and body. */
  readonly text: string;
  readonly body: string;
  readonly socket: Socket;
  /** Records that work that costs money starts. */
  readonly bill: () => void;
  /** Sends raw bytes. */
  readonly write: (raw: string | Uint8Array) => void;
  /** Sends a complete reply; a value that is neither text nor bytes is sent as JSON. */
  readonly reply: (status: number, body?: unknown, headers?: Readonly<Record<string, string>>) => void;
  /** Closes the connection with RST. */
  readonly reset: () => void;
}

export interface HostileServer {
  readonly origin: string;
  readonly port: number;
  readonly hits: readonly Hit[];
  readonly bills: () => number;
  readonly connections: () => number;
  readonly openSockets: () => number;
  readonly mostSockets: () => number;
  readonly close: () => Promise<void>;
}

export interface ServerOptions {
  readonly port?: number;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Handles a new connection instead of reading requests. */
  readonly onSocket?: (socket: Socket, bill: () => void) => void;
}

const servers = new Set<HostileServer>();

/** @param script what to do with each request; `nth` counts from 1 */
export async function startServer(
  script: (hit: Hit, nth: number) => void | Promise<void>,
  { port = 0, tls, onSocket }: ServerOptions = {},
): Promise<HostileServer> {
  const hits: Hit[] = [];
  const sockets = new Set<Socket>();
  let bills = 0;
  let connections = 0;
  let mostSockets = 0;
  const bill = () => {
    bills++;
  };
  const accept = (socket: Socket) => {
    connections++;
    sockets.add(socket);
    mostSockets = Math.max(mostSockets, sockets.size);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    if (onSocket) return onSocket(socket, bill);
    readRequests(socket, (request) => {
      const hit: Hit = { ...request, at: performance.now(), socket, bill, ...answersOn(socket) };
      hits.push(hit);
      void script(hit, hits.length);
    });
  };
  const server: Server = tls ? createTlsServer(tls, (socket: TLSSocket) => accept(socket)) : createServer(accept);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((done, fail) => server.once('error', fail).listen(port, '127.0.0.1', done));
  const actual = (server.address() as AddressInfo).port;
  const started: HostileServer = {
    origin: `${tls ? 'https' : 'http'}://127.0.0.1:${actual}`,
    port: actual,
    hits,
    bills: () => bills,
    connections: () => connections,
    openSockets: () => sockets.size,
    mostSockets: () => mostSockets,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
      servers.delete(started);
    },
  };
  servers.add(started);
  return started;
}

export async function closeServers(): Promise<void> {
  await Promise.all(Array.from(servers, (server) => server.close()));
}

/** Returns a port of 127.0.0.1 without a server. */
export async function freePort(): Promise<number> {
  const server = await startServer(() => undefined);
  await server.close();
  return server.port;
}

/** How often `until` checks. */
const LOOK_MS = 5;

export async function until(isSo: () => boolean, limitMs: number): Promise<boolean> {
  // The limit counts waits, not time, so that a process that waits for a processor keeps its whole limit.
  for (let waitedMs = 0; !isSo() && waitedMs < limitMs; waitedMs += LOOK_MS) await wait(LOOK_MS);
  return isSo();
}

type Request = Pick<Hit, 'method' | 'path' | 'headers' | 'text' | 'body'>;

function readRequests(socket: Socket, onRequest: (request: Request) => void): void {
  let buffer = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk) => {
    buffer += chunk;
    while (true) {
      const headEnd = buffer.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const [first = '', ...lines] = buffer.slice(0, headEnd).split('\r\n');
      const [method = '', path = ''] = first.split(' ');
      const headers = Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
      );
      const start = headEnd + 4;
      const isChunked = headers['transfer-encoding'] === 'chunked';
      const last = buffer.indexOf('0\r\n\r\n', start);
      if (isChunked && last < 0) return;
      const end = isChunked ? last + 5 : start + Number(headers['content-length'] ?? 0);
      if (buffer.length < end) return;
      const text = buffer.slice(0, end);
      buffer = buffer.slice(end);
      onRequest({ method, path, headers, text, body: text.slice(start) });
    }
  });
}

function answersOn(socket: Socket): Pick<Hit, 'write' | 'reply' | 'reset'> {
  const write = (raw: string | Uint8Array) => {
    if (socket.writable) socket.write(typeof raw === 'string' ? Buffer.from(raw, 'latin1') : raw);
  };
  return {
    write,
    reply(status, body = '', headers = {}) {
      const isRaw = typeof body === 'string' || body instanceof Uint8Array;
      const bytes = Buffer.from(isRaw ? (body as string) : JSON.stringify(body));
      const type = isRaw ? {} : { 'content-type': 'application/json' };
      write(`${head(status, { ...type, 'content-length': String(bytes.length), ...headers })}`);
      write(bytes);
    },
    reset: () => socket.resetAndDestroy(),
  };
}

/** The start of a reply, up to its body. */
export function head(status: number, headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Hostile\r\n${lines.join('')}\r\n`;
}
