/** Tells whether a request that failed with a network error may have reached the server. */
import { isError } from './is-error.ts';

/** Codes of failures before the first byte is sent. Sources: Node's `errors` documentation, undici's error list. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** System calls that happen before sending. */
const SYSCALLS_BEFORE_SENDING = new Set(['connect', 'getaddrinfo', 'queryA', 'queryAaaa']);
/** Certificate errors. The check happens before the request is sent; a retry does not help. */
const CERTIFICATE =
  /^(?:ERR_TLS_CERT|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:GET|VERIFY|DECRYPT)_|HOSTNAME_MISMATCH|ERR_TLS_HANDSHAKE|ERR_SSL_(?:WRONG_VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS|(?:SSLV3|TLSV1)_ALERT_(?:HANDSHAKE|PROTOCOL)))/;
/** Deno's message for a connection that was never made, with its reason. It has no code. Source: tried with Deno 2.9. */
const DENO_CONNECT = /^error sending request for url \(\S+\): client error \(Connect\): (.+)/;
/** Deno's reason if it does not accept the server's certificate. */
const DENO_CERTIFICATE = 'invalid peer certificate: ';
/** Node's message when a proxy refuses a tunnel. It has no code. */
const PROXY_ANSWER = /^Proxy response \((\d{3})\)/;

/**
 * Messages, without a code, for requests that fetch refuses to send: a blocked port (Fetch standard, "port blocking") or an unsupported
 * URL. Source: tried with Node 22.
 */
const REFUSED_BY_FETCH: Readonly<Record<string, string>> = {
  'bad port': 'fetch does not use this port',
  'unknown scheme': 'fetch does not support this URL scheme',
  'Invalid URL': 'the address is not a URL',
};

/**
 * Messages of mocking libraries for a request that their rules do not allow, and what to say about it. Their own text may hold the whole
 * link. Sources: tried with msw 3 and nock 15; msw 2 has the same message with another option name.
 */
const REFUSED_BY_MOCK: readonly (readonly [message: RegExp, reason: string])[] = [
  [/^\[MSW\] Cannot bypass a request/, 'MSW has no handler for this request'],
  [/^Nock: (?:Disallowed net connect|No match)/, 'nock has no reply for this request'],
];

/**
 * Codes for a URL, header or method that Node or undici refuses before sending. Sources: Node's `errors` documentation; undici's error
 * list (`UND_ERR_INVALID_ARG`, which Node 26 also uses for a 407 from a proxy). The last is a request for which a mock has no reply.
 */
const INVALID_REQUEST = new Set([
  'ERR_INVALID_URL',
  'ERR_INVALID_PROTOCOL',
  'ERR_INVALID_CHAR',
  'ERR_INVALID_HTTP_TOKEN',
  'ERR_HTTP_INVALID_HEADER_VALUE',
  'ERR_UNESCAPED_CHARACTERS',
  'ERR_INVALID_ARG_TYPE',
  'ERR_INVALID_ARG_VALUE',
  'ERR_INVALID_DOMAIN_NAME',
  'ERR_SOCKET_BAD_PORT',
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_MOCK_ERR_MOCK_NOT_MATCHED',
]);

export interface NetworkFault {
  /** False only if the server cannot have received any byte of the request. */
  readonly maybeSent: boolean;
  /** A retry does not help. */
  readonly isFinal: boolean;
  /** For the message, e.g. `ECONNREFUSED`. */
  readonly reason: string;
}

/** Reads a rejection of `fetch`. Platforms other than Node give no details: then `maybeSent` is true. */
export function readNetworkFault(error: unknown): NetworkFault {
  const origins = rootCauses(error, 0);
  const proxyStatus = origins
    .map(({ message }) => PROXY_ANSWER.exec(message)?.[1])
    .find((status) => status !== undefined);
  if (proxyStatus !== undefined) {
    const isFinal = !['429', '502', '503', '504'].includes(proxyStatus);
    return { maybeSent: false, isFinal, reason: `the proxy replied with HTTP ${proxyStatus}` };
  }
  const refusal =
    origins.flatMap(({ message }) => REFUSED_BY_FETCH[message] ?? [])[0] ??
    REFUSED_BY_MOCK.find(([pattern]) => origins.some(({ message }) => pattern.test(message)))?.[1];
  if (refusal !== undefined) return { maybeSent: false, isFinal: true, reason: refusal };
  const connect = origins.map(({ message }) => DENO_CONNECT.exec(message)?.[1]).find((reason) => reason !== undefined);
  if (connect !== undefined)
    return { maybeSent: false, isFinal: connect.startsWith(DENO_CERTIFICATE), reason: connect };
  const codes = origins.flatMap(({ code }) => (typeof code === 'string' ? [code] : []));
  if (origins.length > 0 && origins.every(({ code }) => typeof code === 'string' && INVALID_REQUEST.has(code))) {
    const [{ message } = { message: '' }] = origins;
    return { maybeSent: false, isFinal: true, reason: `${codes[0]}: ${message}` };
  }
  const reason = codes[0] ?? origins[0]?.message ?? 'the connection failed';
  if (codes.some((code) => CERTIFICATE.test(code))) return { maybeSent: false, isFinal: true, reason };
  const neverSent = origins.length > 0 && origins.every(isBeforeSending);
  return { maybeSent: !neverSent, isFinal: false, reason };
}

interface SystemError extends Error {
  code?: unknown;
  syscall?: unknown;
}

/** The system call decides if it is known: a connection that breaks while sending can also have the code `EHOSTUNREACH`. */
function isBeforeSending({ code, syscall }: SystemError): boolean {
  return typeof syscall === 'string'
    ? SYSCALLS_BEFORE_SENDING.has(syscall)
    : typeof code === 'string' && NEVER_SENT.has(code);
}

/** Whether a name server answered that the host name does not exist. */
export const isUnknownHost = (error: unknown): boolean => {
  const origins = rootCauses(error, 0);
  return origins.length > 0 && origins.every(({ code }) => code === 'ENOTFOUND');
};

/** Returns the deepest causes that have a code; one for each address that was tried. */
function rootCauses(error: unknown, depth: number): SystemError[] {
  if (!isError(error) || depth > 5) return [];
  const { errors } = error as Partial<AggregateError>;
  if (error.name === 'AggregateError' && Array.isArray(errors) && errors.length > 0) {
    return errors.flatMap((each) => rootCauses(each, depth + 1));
  }
  const causes = rootCauses(error.cause, depth + 1);
  // An outer error with a code is more useful than a deeper one without.
  const hasKnownCause =
    causes.some(({ code, message }) => typeof code === 'string' || PROXY_ANSWER.test(message)) ||
    typeof (error as SystemError).code !== 'string';
  return hasKnownCause && causes.length > 0 ? causes : [error];
}
