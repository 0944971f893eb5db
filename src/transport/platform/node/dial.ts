/** Sends requests over connections whose address was checked before (protection against DNS rebinding and SSRF). */
import type { IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';
import { type Fault, type TransportError, transportError } from '../../errors.ts';
import { untilAborted } from '../../flow/wait.ts';
import { literalAddress } from '../../net/address.ts';
import type { DialOptions, ResolvedAddress } from '../dial-options.ts';
import { mayPinAddresses } from './direct-node-fetch.ts';
import { fetchLink } from './fetch-link.ts';
import { resolveHost } from './resolve-host.ts';

/**
 * Milliseconds to wait for a connection before the next address of the same host is tried. A dead IPv6 route costs less than a second,
 * and a distant server still has enough time. The last address may use all the time until the signal fires.
 */
const CONNECT_ATTEMPT_MS = 500;

/** Statuses without a body: `Response` throws if it gets one. Source: Fetch standard, "null body status". */
const NULL_BODY_STATUSES: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Sends one request to a checked link, over a new connection to a checked address. Host name, certificate check and `Host` header are
 * those of the link. A user name or password in the link is not sent.
 *
 * If a name has several addresses, only the allowed ones are dialled; with none, the link is refused. An address that is not allowed does
 * not block the others, because split DNS may return a private address beside a public one for an honest name. Where the host app uses a
 * proxy, a mock, or its own global fetch or dispatcher, `fetchLink` sends the request instead, and the address is checked but not pinned.
 * Requests the `identity` encoding. The body is returned as sent: a reply with a `content-encoding` is still encoded.
 * @param url a link that passed `checkLink`
 * @returns the reply, with any final status, also a redirect; cancelling its body or aborting the signal destroys the socket
 * @throws TransportError `unsafe_url` if no address is allowed, `network` if the name has no address, `unreadable` for an invalid HTTP
 * reply; Node's own error, with its `code`, if the network or the certificate fails; the signal's reason
 */
export async function dial(url: URL, options: DialOptions): Promise<Response> {
  const { signal } = options;
  if (!mayPinAddresses()) return fetchLink(url, options);
  signal.throwIfAborted();
  const addresses = await untilAborted(findAddresses(url, options), signal);
  return send(url, addresses, options);
}

/** Resolves a host to its allowed addresses, at least one. */
async function findAddresses(url: URL, options: DialOptions): Promise<readonly ResolvedAddress[]> {
  const found = await resolveHost(url, options);
  if (found.length === 0) {
    throw dialError(`${url.hostname} has no address`, 'network');
  }
  const allowed = found.filter(({ address }) => options.isAllowed(address));
  if (allowed.length === 0) {
    const reason =
      literalAddress(url) === undefined ? 'none of its addresses is allowed' : 'the address is not allowed';
    throw dialError(`link to ${url.hostname} is refused: ${reason}`, 'unsafe_url');
  }
  return allowed;
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
      // A new connection per link: a pooled one could lead to an address that was checked for another link.
      agent: new Agent({
        keepAlive: false,
        autoSelectFamily: true,
        autoSelectFamilyAttemptTimeout: CONNECT_ATTEMPT_MS,
      }),
      lookup: answerWith(addresses),
      servername: literal === undefined ? url.hostname : '', // not allowed for IP addresses, RFC 6066
      // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED does not apply. For a private certificate authority use NODE_EXTRA_CA_CERTS.
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
      // Usually settled already. If the server switches protocols unasked, no other event fires.
      reject(dialError(`${url.hostname} closed the connection without a reply`, 'network'));
    });
    outgoing.on('response', (incoming) => {
      try {
        resolve(toResponse(incoming, signal));
      } catch (cause) {
        outgoing.destroy();
        reject(dialError(`${url.hostname} sent an invalid HTTP reply to a ${method}`, 'unreadable', cause));
      }
    });
    outgoing.end(body);
  });
}

/** A `lookup` that returns the checked addresses, in either form that the socket may request. */
function answerWith(addresses: readonly ResolvedAddress[]): LookupFunction {
  const [first] = addresses;
  return (_hostname, { all }, callback) => {
    if (all) process.nextTick(callback, null, addresses);
    else process.nextTick(callback, null, first?.address, first?.family);
  };
}

/** @throws RangeError or TypeError if `Response` does not accept the status or a header */
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

/** Converts the body to a web stream that reads from the socket only on demand. */
function toStream(incoming: IncomingMessage, signal: AbortSignal): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks: AsyncIterator<Uint8Array<ArrayBuffer>> = incoming[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { value, done } = await chunks.next();
          signal.throwIfAborted(); // after an abort Node drops its buffer and reports a normal end
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
