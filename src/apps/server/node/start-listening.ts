/** Binds the address of a server, and closes it without cutting what runs. */
import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { ImageServer } from '../settings.ts';
import { bind } from './bind.ts';
import { bindSocket } from './bind-socket.ts';
import { createHttpServer } from './create-http-server.ts';
import type { ListeningServer, ListenSettings } from './listen-settings.ts';

/** The error of an aborted call is still sent within this time after the deadline. */
const LAST_ANSWERS_MS = 1_000;
/** Connections that have become idle are closed this often while a server closes. */
const CLOSE_IDLE_MS = 50;

/** @throws AiImageError as `listen` */
export async function startListening(server: ImageServer, settings: ListenSettings): Promise<ListeningServer> {
  const { host = '127.0.0.1', port = 4242, socket, requestTimeoutMs } = settings;
  const http = await createHttpServer(server.fetch, { requestTimeoutMs });
  if (socket === undefined) await bind(http, { host, port, exclusive: true }, `${inUrl(host)}:${port}`);
  else await bindSocket(http, socket);
  let closing: Promise<void> | undefined;
  return {
    url: socket ?? urlOf(http, host),
    close: (deadlineMs = 25_000) => (closing ??= closeServer(http, server, deadlineMs)),
  };
}

function urlOf(http: Server, host: string): string {
  const address = http.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${inUrl(host)}:${port}`;
}

/** An IPv6 address is written in brackets. */
const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

async function closeServer(http: Server, server: ImageServer, deadlineMs: number): Promise<void> {
  const endsAt = performance.now() + deadlineMs;
  const closed = new Promise<void>((resolve) => http.close(() => resolve()));
  const idle = setInterval(() => http.closeIdleConnections(), CLOSE_IDLE_MS);
  const waiting = new AbortController();
  try {
    await server.close({ deadlineMs });
    const leftMs = Math.max(endsAt - performance.now(), Math.min(deadlineMs, LAST_ANSWERS_MS));
    await Promise.race([closed, delay(leftMs, undefined, { signal: waiting.signal })]);
  } finally {
    waiting.abort();
    clearInterval(idle);
    http.closeAllConnections();
    await closed;
  }
}
