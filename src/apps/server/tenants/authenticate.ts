/** Finds the holder of a token. */
import type { TokenSettings } from '../settings.ts';
import type { Caller } from './caller.ts';
import { sha256Sync } from './sha256-sync.ts';

/** @returns undefined: no token is this one */
export type Authenticate = (token: string) => Caller | undefined;

const encoder = new TextEncoder();

/** Compares the SHA-256 of the given token with those of all tokens, in constant time. */
export function createAuthenticate(tokens: readonly TokenSettings[]): Authenticate {
  const known = tokens.map(({ sha256, ...caller }) => ({ caller: caller satisfies Caller, digest: fromHex(sha256) }));
  return (token) => {
    const given = sha256Sync(encoder.encode(token));
    let found: Caller | undefined;
    // No early end: the time must not tell which token matched.
    for (const { caller, digest } of known) if (isEqual(given, digest)) found = caller;
    return found;
  };
}

/** Reads the token of a request: `Authorization: Bearer …`, or `api-key` as Azure's clients send it. */
export function readToken(header: (name: string) => string | undefined): string | undefined {
  const authorization = header('authorization');
  if (authorization === undefined) return header('api-key')?.trim() || undefined;
  const isBearer = authorization.slice(0, 7).toLowerCase() === 'bearer ';
  return (isBearer && authorization.slice(7).trim()) || undefined;
}

/** Compares two values of the same length in constant time. */
export function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (let at = 0; at < left.length; at++) difference |= left[at]! ^ (right[at] ?? 0);
  return difference === 0;
}

const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));
