/** A real server on 127.0.0.1 whose handler sends what the test needs. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export type Handler = (response: ServerResponse, request: IncomingMessage) => void;

export interface Loopback {
  readonly url: string;
  /** Settles when the client has closed the connection of the first request. */
  readonly clientGone: Promise<unknown>;
}

export async function serve(handler: Handler): Promise<Loopback> {
  let gone: (value?: unknown) => void = () => undefined;
  const clientGone = new Promise((resolve) => {
    gone = resolve;
  });
  const server = createServer((request, response) => {
    request.socket.once('close', gone);
    request.resume();
    handler(response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, clientGone };
}

/** Fetches what a handler writes. */
export async function reply(handler: Handler): Promise<Response> {
  return fetch((await serve(handler)).url);
}

/** Writes pieces one after another, as fast as they are read, until there are none left or the client is gone. */
export function pour(response: ServerResponse, pieces: Iterable<Uint8Array | string>): void {
  const left = pieces[Symbol.iterator]();
  const next = (): void => {
    for (let piece = left.next(); !response.destroyed; piece = left.next()) {
      if (piece.done) return void response.end();
      if (!response.write(piece.value)) return void response.once('drain', next);
    }
  };
  next();
}

/** The same piece again and again. */
export function* endlessly(piece: Uint8Array): Generator<Uint8Array> {
  while (true) yield piece;
}
