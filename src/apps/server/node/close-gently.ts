/**
 * Closes a connection in two steps (RFC 9112, section 9.6). Node closes it at once after an answer with `connection: close`. When the client
 * is still sending its body, the system then resets the connection, and the client may lose an answer that it has not read yet: the 413.
 */
import type { Socket } from 'node:net';

/** The client has this long to read the answer and to close its side. What it sends meanwhile is read and dropped by the adapter. */
const LINGER_MS = 1_000;

/** Replaces `destroySoon` of the socket, which Node calls after the last answer. */
export function closeGently(socket: Socket): void {
  const destroySoon = socket.destroySoon.bind(socket);
  let isEnding = false;
  socket.destroySoon = () => {
    if (isEnding) return destroySoon();
    isEnding = true;
    socket.end();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    timer.unref();
    socket.once('close', () => clearTimeout(timer));
  };
}
