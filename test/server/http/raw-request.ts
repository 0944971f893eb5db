/** Sends bytes over a socket, as no HTTP client would. */
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** The status line without version and status. */
  readonly reason: string;
  /** With names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface RawConnection {
  readonly socket: Socket;
  /** What has arrived. */
  readonly received: () => string;
  /** Settles when the other side has closed the connection. */
  readonly closed: Promise<void>;
}

export async function openConnection(port: number, path?: string): Promise<RawConnection> {
  const socket = path === undefined ? connect(port, '127.0.0.1') : connect(path);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => undefined); // a reset is a way to close
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return { socket, received: () => Buffer.concat(chunks).toString('latin1'), closed };
}

/** Sends a request and reads until the server closes the connection. */
export async function sendRaw(port: number, text: string, path?: string): Promise<RawAnswer> {
  const { socket, received, closed } = await openConnection(port, path);
  socket.write(text);
  await closed;
  return readAnswer(received());
}

/** Writes a request that closes the connection after its answer. `host` is `127.0.0.1` unless the headers say otherwise. */
export function requestText(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): string {
  const all = {
    host: '127.0.0.1',
    connection: 'close',
    ...(body !== '' && { 'content-length': String(body.length) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

export function readAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [line = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = new Map(
    lines.map((each) => [each.slice(0, each.indexOf(':')).toLowerCase(), each.slice(each.indexOf(':') + 1).trim()]),
  );
  return {
    status: Number(line.split(' ')[1]),
    reason: line.split(' ').slice(2).join(' '),
    headers,
    body: text.slice(end + 4),
  };
}
