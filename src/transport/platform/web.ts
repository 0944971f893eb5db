/** The same as `node.ts` with nothing but what browsers and edge runtimes have. */
import { transportError } from '../errors.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const FOREIGN = 255;

const sextets = new Uint8Array(256).fill(FOREIGN);
for (let value = 0; value < 64; value++) sextets[ALPHABET.charCodeAt(value)] = value;

/**
 * Decodes whole base64 groups without padding into `target`.
 * @param characters ASCII bytes, a multiple of four of them
 * @returns the bytes written, or -1 when a character is not of the base64 alphabet
 */
export function decodeBase64(characters: Uint8Array, target: Uint8Array, offset: number): number {
  let at = offset;
  for (let i = 0; i < characters.length; i += 4) {
    const a = sextets[characters[i]!]!;
    const b = sextets[characters[i + 1]!]!;
    const c = sextets[characters[i + 2]!]!;
    const d = sextets[characters[i + 3]!]!;
    if ((a | b | c | d) > 63) return -1;
    target[at++] = (a << 2) | (b >> 4);
    target[at++] = ((b & 15) << 4) | (c >> 2);
    target[at++] = ((c & 3) << 6) | d;
  }
  return at - offset;
}

/** Where `byte` first stands at or after `from`, or -1. */
export function indexOfByte(bytes: Uint8Array, byte: number, from: number): number {
  return bytes.indexOf(byte, from);
}

/** `btoa` takes a string of bytes; longer steps would pass the argument limit of `fromCharCode`. A multiple of three keeps groups whole. */
const STEP = 24_573;

export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += STEP) {
    text += btoa(String.fromCharCode(...bytes.subarray(start, start + STEP)));
  }
  return text;
}

const crcTable = new Uint32Array(256).map((_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** CRC-32 as in PNG and zip; pass an earlier result as `seed` to go on. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  let value = ~seed;
  for (let i = 0; i < bytes.length; i++) value = crcTable[(value ^ bytes[i]!) & 255]! ^ (value >>> 8);
  return ~value >>> 0;
}

export function reclaim(_chunk: Uint8Array): void {
  // Elsewhere the collector does it.
}

/** Elsewhere nobody has measured what it would be good for, and not every runtime can move a buffer. */
export function rejuvenate(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes;
}

/** @throws TransportError there are no files here */
export async function readUserFile(_path: string): Promise<string | undefined> {
  const message = 'this platform has no files: pass the credentials themselves, or a function that gives tokens';
  throw transportError(message, { fault: 'authentication', step: 'token', isFinal: true });
}

/** @returns undefined where there are no sockets, or none that could show the headers: browsers send none of them */
export function openSocket(url: URL, headers: Readonly<Record<string, string>>): WebSocket | undefined {
  return typeof WebSocket === 'undefined' || Object.keys(headers).length > 0 ? undefined : new WebSocket(url);
}

/** Whether `dial` connects to exactly the address it checked. Here the platform resolves names itself and shows nobody the result. */
export const pinsAddresses: boolean = false;

export interface ResolvedAddress {
  /** IPv4 or IPv6 text. */
  readonly address: string;
  /** 4 or 6. */
  readonly family: number;
}

export interface DialOptions {
  /** Ends the connection at any time, also while the body is read. The only time limit there is, so it must fire some day. */
  readonly signal: AbortSignal;
  /** @default 'GET' */
  readonly method?: 'GET' | 'PUT' | 'POST' | undefined;
  readonly body?: Uint8Array<ArrayBuffer> | undefined;
  /** What is sent beside `Host`; never a credential that belongs to another origin. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether an address may be connected to, e.g. `isPublicAddress`. */
  readonly isAllowed: (address: string) => boolean;
  /**
   * Finds the addresses of a name.
   * @default the resolver of the operating system; refused with a TypeError where `pinsAddresses` is false
   */
  readonly lookup?: ((hostname: string) => Promise<readonly ResolvedAddress[]>) | undefined;
}

/** Only what the platform knows: Cloudflare's workerd has no cookies or referrer and throws at the very names of these fields. */
const PRIVACY: RequestInit = {
  ...('credentials' in Request.prototype && { credentials: 'omit' }),
  ...('referrerPolicy' in Request.prototype && { referrerPolicy: 'no-referrer' }),
};

/**
 * Sends one request (a GET unless said) to a checked link. A user name or password in the link is not sent.
 *
 * A browser never shows where a redirect leads (`type: 'opaqueredirect'`), so there the browser follows it by itself: CORS and its own
 * rules for private networks guard its user. Every other platform hands the redirect back, to be checked and dialled as the next hop.
 * The body arrives decoded: the platform has already undone `content-encoding`.
 * @param url a link that passed `checkLink`; `isAllowed` is asked only when its host is an address
 * @returns the reply of any status; a redirect is not followed, except in browsers
 * @throws TransportError `unsafe_url` when the address is refused; the platform's own error when the network fails; the signal's reason
 */
export async function dial(
  url: URL,
  { signal, method = 'GET', body, headers, isAllowed, lookup }: DialOptions,
): Promise<Response> {
  if (lookup !== undefined) throw new TypeError('lookup cannot be honoured: this platform resolves names itself');
  const { literalAddress } = await import('../net/address.ts'); // not every page follows links
  const address = literalAddress(url);
  if (address !== undefined && !isAllowed(address)) {
    throw transportError(`link to ${address} is refused: the address is not allowed`, {
      fault: 'unsafe_url',
      step: 'download',
    });
  }
  const target = new URL(url);
  target.username = '';
  target.password = '';
  const request = { headers, signal, ...PRIVACY, ...(method !== 'GET' && { method, body: body ?? null }) };
  const response = await fetch(target, { ...request, redirect: 'manual' });
  // What is sent somewhere is not sent on to where that points.
  return response.type === 'opaqueredirect' && method === 'GET'
    ? fetch(target, { ...request, redirect: 'follow' })
    : response;
}
