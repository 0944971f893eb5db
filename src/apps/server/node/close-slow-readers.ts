/** Closes connections whose client takes an answer too slowly: each holds the rest of the answer in memory. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export interface SlowReaderRule {
  /** Bytes have waited for the client all this time. */
  readonly windowMs: number;
  /** Slower than this, on average of the window, the connection is closed. */
  readonly minBytesPerSecond: number;
  readonly checkIntervalMs: number;
}

/** A server that closes waits no longer for a client that takes nothing for this time. */
const CLOSING_WINDOW_MS = 5_000;

interface Window {
  startedAt: number;
  /** Bytes that the system had taken at the start. */
  sentBefore: number;
}

export function closeSlowReaders(http: Server, { windowMs, minBytesPerSecond, checkIntervalMs }: SlowReaderRule): void {
  const windows = new Map<Socket, Window | undefined>();
  http.on('connection', (socket) => {
    windows.set(socket, undefined);
    socket.once('close', () => windows.delete(socket));
  });

  function check(): void {
    const at = Date.now();
    // After `close` of the server.
    const isClosing = !http.listening;
    const currentMs = isClosing ? Math.min(CLOSING_WINDOW_MS, windowMs) : windowMs;
    const minBytes = isClosing ? 1 : (minBytesPerSecond * windowMs) / 1_000;
    for (const [socket, window] of windows) {
      const sent = socket.bytesWritten - socket.writableLength;
      if (socket.writableLength === 0) windows.set(socket, undefined);
      else if (window === undefined) windows.set(socket, { startedAt: at, sentBefore: sent });
      else if (at - window.startedAt >= currentMs) {
        if (sent - window.sentBefore < minBytes) socket.destroy();
        else windows.set(socket, { startedAt: at, sentBefore: sent });
      }
    }
  }

  http.once('listening', () => {
    const timer = setInterval(check, checkIntervalMs);
    timer.unref();
    http.once('close', () => clearInterval(timer));
  });
}
