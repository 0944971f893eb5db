/** Whether a request that failed below HTTP can have reached the server. */

/** Codes of failures that happen before the first byte can leave. Sources: Node's `errors` documentation, undici's error list. */
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
/** Calls of the system that come before sending. */
const BEFORE_SENDING = new Set(['connect', 'getaddrinfo', 'queryA', 'queryAaaa']);
/** Certificates are checked before the request is written; trying again changes nothing. */
const CERTIFICATE =
  /^(?:ERR_TLS_CERT|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:GET|VERIFY|DECRYPT)_|HOSTNAME_MISMATCH|ERR_TLS_HANDSHAKE|ERR_SSL_(?:WRONG_VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS|(?:SSLV3|TLSV1)_ALERT_(?:HANDSHAKE|PROTOCOL)))/;
/** Node's words when a proxy opens no tunnel; it has no code of its own for that. */
const PROXY_ANSWER = /^Proxy response \((\d{3})\)/;

/**
 * Words without a code for what fetch refuses to send: a port (Fetch standard, "port blocking") or an address that is none of its own.
 * Source: tried with Node 22.
 */
const REFUSED_BY_FETCH: Readonly<Record<string, string>> = {
  'bad port': 'fetch does not use this port',
  'unknown scheme': 'fetch does not know this kind of address',
  'Invalid URL': 'the address is no URL',
};

/**
 * Codes for arguments that Node or undici turns down while the request is put together: the address, a header, the method. Sources: Node's
 * `errors` documentation; undici's error list (`UND_ERR_INVALID_ARG`, which is also what Node 26 makes of a proxy's 407).
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
]);

export interface NetworkFault {
  /** False only when not one byte of the request can have been read by the server. */
  readonly maybeSent: boolean;
  /** Trying again changes nothing. */
  readonly isFinal: boolean;
  /** A short word for the message, e.g. `ECONNREFUSED`. */
  readonly reason: string;
}

/** Reads a rejection of `fetch`. Other platforms than Node say nothing: then everything may have been sent. */
export function readNetworkFault(error: unknown): NetworkFault {
  const origins = originsOf(error, 0);
  const proxyStatus = origins
    .map(({ message }) => PROXY_ANSWER.exec(message)?.[1])
    .find((status) => status !== undefined);
  if (proxyStatus !== undefined) {
    const isFinal = !['429', '502', '503', '504'].includes(proxyStatus);
    return { maybeSent: false, isFinal, reason: `the proxy answered HTTP ${proxyStatus}` };
  }
  const refusal = origins.flatMap(({ message }) => REFUSED_BY_FETCH[message] ?? [])[0];
  if (refusal !== undefined) return { maybeSent: false, isFinal: true, reason: refusal };
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

/** Where the call of the system is known it decides: a broken connection can say `EHOSTUNREACH` long after sending began. */
function isBeforeSending({ code, syscall }: SystemError): boolean {
  return typeof syscall === 'string' ? BEFORE_SENDING.has(syscall) : typeof code === 'string' && NEVER_SENT.has(code);
}

/** What it all began with: the deepest causes, as long as codes are not lost on the way; one for each address that was tried. */
function originsOf(error: unknown, depth: number): SystemError[] {
  if (!(error instanceof Error) || depth > 5) return [];
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.flatMap((each) => originsOf(each, depth + 1));
  }
  const causes = originsOf(error.cause, depth + 1);
  // A code on the way counts more than the words at the bottom, which are then another library's.
  const isTold =
    causes.some(({ code, message }) => typeof code === 'string' || PROXY_ANSWER.test(message)) ||
    typeof (error as SystemError).code !== 'string';
  return isTold && causes.length > 0 ? causes : [error];
}
