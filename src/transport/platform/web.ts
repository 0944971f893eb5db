/** `#platform` in browsers and edge runtimes: the same exports as `node.ts`, with web APIs only. */
import { transportError } from '../errors.ts';
import type { DialOptions } from './dial-options.ts';

export type { DialOptions, ResolvedAddress } from './dial-options.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const INVALID = 255;

const sextets = new Uint8Array(256).fill(INVALID);
for (let value = 0; value < 64; value++) sextets[ALPHABET.charCodeAt(value)] = value;

/**
 * Decodes whole base64 groups without padding into `target`.
 * @param characters ASCII bytes, a multiple of four of them
 * @returns the bytes written, or -1 if a character is not in the base64 alphabet
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

/** Index of the first `byte` at or after `from`, or -1. */
export function indexOfByte(bytes: Uint8Array, byte: number, from: number): number {
  return bytes.indexOf(byte, from);
}

/** Bytes per call of `btoa`. More would exceed the argument limit of `fromCharCode`; a multiple of three avoids padding in between. */
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

/** CRC-32 as in PNG and zip. Pass an earlier result as `seed` to continue it. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  let value = ~seed;
  for (let i = 0; i < bytes.length; i++) value = crcTable[(value ^ bytes[i]!) & 255]! ^ (value >>> 8);
  return ~value >>> 0;
}

/** Always false: this is not Node, and only chunks of Node's fetch can be reclaimed. */
export function isDirectNodeFetch(): boolean {
  return false;
}

export function reclaim(_chunk: Uint8Array): void {
  // Only Node frees chunks early; here the garbage collector does it.
}

/** Does nothing here: no benefit was measured, and not every runtime can transfer a buffer. */
export function moveToNewBuffer(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes;
}

/** @throws TransportError, because this platform has no file system */
export async function readUserFile(_path: string): Promise<string | undefined> {
  const message =
    'this platform has no file system: pass the credentials themselves, or a function that returns tokens';
  throw transportError(message, { fault: 'authentication', step: 'token', isFinal: true });
}

/** @returns `undefined` without WebSocket support, or if headers are needed: web sockets cannot send any */
export function openSocket(url: URL, headers: Readonly<Record<string, string>>): WebSocket | undefined {
  return typeof WebSocket === 'undefined' || Object.keys(headers).length > 0 ? undefined : new WebSocket(url);
}

/** Only fields that the platform supports: Cloudflare's workerd has no cookies or referrer and throws when these fields are set. */
const PRIVACY: RequestInit = {
  ...('credentials' in Request.prototype && { credentials: 'omit' }),
  ...('referrerPolicy' in Request.prototype && { referrerPolicy: 'no-referrer' }),
};

/**
 * Sends one request to a checked link. A user name or password in the link is not sent.
 *
 * A browser does not show where a redirect leads (`type: 'opaqueredirect'`), so the browser follows it: CORS and its rules for private
 * networks protect its user. Other platforms return the redirect, so that the next link is checked and dialled too.
 * The body is already decoded: the platform has undone `content-encoding`.
 * @param url a link that passed `checkLink`; `isAllowed` is called only if its host is an IP address
 * @returns the reply, with any status; redirects are followed only in browsers
 * @throws TransportError `unsafe_url` if the address is not allowed; the platform's own error if the network fails; the signal's reason
 */
export async function dial(
  url: URL,
  { signal, method = 'GET', body, headers, isAllowed, lookup }: DialOptions,
): Promise<Response> {
  if (lookup !== undefined) throw new TypeError('lookup is not supported: this platform resolves names itself');
  const { literalAddress } = await import('../net/address.ts'); // loaded on demand: not every page follows links
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
  // Only a GET is followed: an upload must not go to another address.
  return response.type === 'opaqueredirect' && method === 'GET'
    ? fetch(target, { ...request, redirect: 'follow' })
    : response;
}
