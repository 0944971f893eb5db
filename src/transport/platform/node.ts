/** What Node does faster or safer than the web platform alone. The only file of the core that may name `node:`. */
import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { type Fault, type TransportError, transportError } from '../errors.ts';
import { untilAborted } from '../flow/wait.ts';
import { literalAddress } from '../net/address.ts';
import type { DialOptions, ResolvedAddress } from './web.ts';

const MINUS = 0x2d;
const UNDERSCORE = 0x5f;
/** Strings of this length are made and dropped while still young, so that a large reply costs the collector little. */
const STEP = 65_536;

/**
 * Decodes whole base64 groups without padding into `target`.
 * @param characters ASCII bytes, a multiple of four of them
 * @returns the bytes written, or -1 when a character is not of the base64 alphabet
 */
export function decodeBase64(characters: Uint8Array, target: Uint8Array, offset: number): number {
  const source = Buffer.from(characters.buffer, characters.byteOffset, characters.byteLength);
  const sink = Buffer.from(target.buffer, target.byteOffset, target.byteLength);
  if (source.includes(MINUS) || source.includes(UNDERSCORE)) return -1; // Node also reads base64url; we do not
  let written = 0;
  for (let start = 0; start < source.length; start += STEP) {
    const end = Math.min(start + STEP, source.length);
    const count = sink.write(source.toString('latin1', start, end), offset + written, 'base64');
    if (count !== ((end - start) / 4) * 3) return -1; // Node skips what it cannot read: then some bytes are missing
    written += count;
  }
  return written;
}

/** Where `byte` first stands at or after `from`, or -1. Some 30 times as fast as the typed array's own `indexOf`. */
export function indexOfByte(bytes: Uint8Array, byte: number, from: number): number {
  return Buffer.prototype.indexOf.call(bytes, byte, from);
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** CRC-32 as in PNG and zip; pass an earlier result as `seed` to go on. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  return zlibCrc32(bytes, seed);
}

/**
 * Gives a chunk's memory back at once instead of leaving it to the collector, which would mark the host's whole heap for it.
 * Only for chunks that the platform's own fetch made and that nobody else can hold.
 */
export function reclaim(chunk: Uint8Array): void {
  const { buffer } = chunk;
  if (buffer instanceof ArrayBuffer && chunk.byteLength === buffer.byteLength) buffer.transfer(0);
}

/**
 * Moves bytes that were collected for a while into a young object, without a copy. The collector frees a young one cheaply when its owner
 * lets go of it; one that has grown old waits for the host's whole heap to be marked, and brings that about by its size.
 */
export function rejuvenate(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const { byteOffset, length } = bytes;
  return new Uint8Array(bytes.buffer.transfer(), byteOffset, length);
}

export type { DialOptions, ResolvedAddress };

/** A file of credentials is a small one. */
const MAX_USER_FILE_BYTES = 65_536;

/**
 * Reads a file that the user of the machine put there.
 * @param path `~/` or `~\` at its beginning is the home folder
 * @returns `undefined` when there is none
 * @throws TransportError it is no file, or too large; Node's own error when it cannot be read
 */
export async function readUserFile(path: string): Promise<string | undefined> {
  const { open } = await import('node:fs/promises');
  const { homedir } = await import('node:os');
  const wanted = /^~[\\/]/.test(path) ? homedir() + path.slice(1) : path;
  const file = await open(wanted, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  try {
    const stats = await file?.stat();
    if (stats !== undefined && (!stats.isFile() || stats.size > MAX_USER_FILE_BYTES)) {
      const message = `${path} is no file of credentials: it has more than ${MAX_USER_FILE_BYTES} bytes, or is no file at all`;
      throw transportError(message, { fault: 'authentication', step: 'token', isFinal: true });
    }
    return await file?.readFile('utf8');
  } finally {
    await file?.close();
  }
}

/** Whether `dial` connects to exactly the address it checked. */
/** Node's own takes headers, which the web's does not. */
export function openSocket(url: URL, headers: Readonly<Record<string, string>>): WebSocket | undefined {
  const NodeSocket = globalThis.WebSocket as unknown as new (url: URL, options: { headers: object }) => WebSocket;
  return new NodeSocket(url, { headers });
}

export const pinsAddresses: boolean = true;

/**
 * How long one address of several may take to connect before the next is tried, in milliseconds. Short enough that a dead IPv6 route
 * costs less than a second, long enough for a slow continent; the last address gets all the time the signal leaves.
 */
const CONNECT_ATTEMPT_MS = 500;

/** Statuses whose reply has no body; `Response` accepts none for them. Source: Fetch standard, "null body status". */
const NULL_BODY_STATUSES: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Sends one request (a GET unless said) to a checked link, over a connection of its own to an address that was checked. Name, certificate and `Host` stay those
 * of the link. A user name or password in the link is not sent.
 *
 * When a name has several addresses, only the allowed ones are dialled and the link is refused when none is left. One that is not allowed
 * does not spoil the others: split DNS answers honest names with a private address beside a public one, and what is never dialled does
 * no harm. No proxy of the environment is used, since a proxy resolves the name again and nothing would be pinned.
 * `identity` is asked for as the encoding; the body is given as it was sent, so a reply with a `content-encoding` is still encoded.
 * @param url a link that passed `checkLink`
 * @returns the reply of any final status, redirects included; cancelling its body or the signal destroys the socket
 * @throws TransportError `unsafe_url` when no address is allowed, `network` when the name has no address, `unreadable` for a reply that is
 * no answer to a GET; Node's own error, with its `code`, when the network or the certificate fails; the signal's reason
 */
export async function dial(url: URL, options: DialOptions): Promise<Response> {
  const { signal } = options;
  signal.throwIfAborted();
  const addresses = await untilAborted(findAddresses(url, options), signal);
  return send(url, addresses, options);
}

/** The addresses that may be dialled: at least one. */
async function findAddresses(
  url: URL,
  { isAllowed, lookup = systemLookup }: DialOptions,
): Promise<readonly ResolvedAddress[]> {
  const literal = literalAddress(url);
  const found =
    literal === undefined ? await lookup(url.hostname) : [{ address: literal, family: literal.includes(':') ? 6 : 4 }];
  if (found.length === 0) {
    throw dialError(`${url.hostname} has no address`, 'network');
  }
  // Copied, so that what was checked is what is dialled even if the resolver keeps its answer and changes it.
  const allowed = found.map(({ address, family }) => ({ address, family })).filter(({ address }) => isAllowed(address));
  if (allowed.length === 0) {
    const reason = literal === undefined ? 'none of its addresses is allowed' : 'the address is not allowed';
    throw dialError(`link to ${url.hostname} is refused: ${reason}`, 'unsafe_url');
  }
  return allowed;
}

async function systemLookup(hostname: string): Promise<readonly ResolvedAddress[]> {
  const { lookup } = await import('node:dns/promises');
  return lookup(hostname, { all: true, order: 'verbatim' });
}

async function send(
  url: URL,
  addresses: readonly ResolvedAddress[],
  { signal, method = 'GET', body, headers }: DialOptions,
): Promise<Response> {
  const isPlain = url.protocol === 'http:';
  const { Agent, request } = isPlain ? await import('node:http') : await import('node:https');
  const startRequest: typeof import('node:https').request = request;
  const literal = literalAddress(url);
  signal.throwIfAborted();

  return new Promise((resolve, reject) => {
    const outgoing = startRequest({
      method,
      protocol: url.protocol,
      host: literal ?? url.hostname,
      port: url.port === '' ? (isPlain ? 80 : 443) : Number(url.port),
      path: url.pathname + url.search,
      headers: {
        ...headers,
        'accept-encoding': 'identity',
        ...(body !== undefined && { 'content-length': body.length }),
      },
      // One connection, for this link alone: a pooled one could lead to an address that was checked for something else.
      agent: new Agent({
        keepAlive: false,
        autoSelectFamily: true,
        autoSelectFamilyAttemptTimeout: CONNECT_ATTEMPT_MS,
      }),
      lookup: answerWith(addresses),
      servername: literal === undefined ? url.hostname : '', // TLS has no such field for addresses, RFC 6066
      // Said aloud, so that NODE_TLS_REJECT_UNAUTHORIZED does not apply: a private authority belongs into NODE_EXTRA_CA_CERTS.
      rejectUnauthorized: true,
    });
    const stop = () => {
      outgoing.destroy();
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    outgoing.on('error', reject);
    outgoing.on('close', () => {
      signal.removeEventListener('abort', stop);
      // Mostly settled long ago; a server that switches protocols unasked ends here, without any other event.
      reject(dialError(`${url.hostname} closed the connection without a reply`, 'network'));
    });
    outgoing.on('response', (incoming) => {
      try {
        resolve(toResponse(incoming, signal));
      } catch (cause) {
        outgoing.destroy();
        reject(dialError(`the reply of ${url.hostname} is no HTTP reply to a ${method}`, 'unreadable', cause));
      }
    });
    outgoing.end(body);
  });
}

/** Gives the socket what was checked, in whichever of its two forms it asks. */
function answerWith(addresses: readonly ResolvedAddress[]): LookupFunction {
  const [first] = addresses;
  return (_hostname, { all }, callback) => {
    if (all) process.nextTick(callback, null, addresses);
    else process.nextTick(callback, null, first?.address, first?.family);
  };
}

/** @throws RangeError or TypeError when the status or a header is none that `Response` could hold */
function toResponse(incoming: IncomingMessage, signal: AbortSignal): Response {
  const headers = new Headers();
  for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
    headers.append(incoming.rawHeaders[index] ?? '', incoming.rawHeaders[index + 1] ?? '');
  }
  const status = incoming.statusCode ?? 0;
  if (!NULL_BODY_STATUSES.has(status)) return new Response(toStream(incoming, signal), { status, headers });
  const response = new Response(null, { status, headers });
  incoming.destroy();
  return response;
}

/** Reads from the socket only what is asked for. */
function toStream(incoming: IncomingMessage, signal: AbortSignal): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks: AsyncIterator<Uint8Array<ArrayBuffer>> = incoming[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { value, done } = await chunks.next();
          signal.throwIfAborted(); // Node drops what it had buffered and then reports an ordinary end
          if (done) controller.close();
          else controller.enqueue(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
        } catch (error) {
          throw signal.aborted ? signal.reason : error;
        }
      },
      cancel() {
        incoming.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}

function dialError(message: string, fault: Fault, cause?: unknown): TransportError {
  return transportError(message, { fault, step: 'download', cause });
}
