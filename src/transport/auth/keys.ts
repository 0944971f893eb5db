/** Credentials that are there from the start, or that the caller's own function gives. */
import { encodeBase64 } from '#platform';
import { transportError } from '../errors.ts';
import { copyCause, createRedactor } from '../net/redact.ts';
import type { AuthStrategy } from './strategy.ts';

/** Gives a token for each request; where they come from and how long they last is the caller's affair. */
export type TokenSupplier = () => string | Promise<string>;

/** How many credentials are remembered: an answer to an earlier request may still echo an earlier one. */
const REMEMBERED = 4;
/** Knows no key of ours: what the caller's function throws comes from code that has its own. */
const redact = createRedactor(() => []);

/** `Authorization: Bearer <token>`; another word than Bearer where a server wants one. */
export function bearerAuth(token: string | TokenSupplier, scheme = 'Bearer'): AuthStrategy {
  if (typeof token === 'string') {
    return { authorize: () => ({ headers: { authorization: `${scheme} ${token}` } }), secrets: () => [token] };
  }
  const { remember, secrets } = createMemory();
  return {
    async authorize() {
      const given = await supplied(token, 'the function that gives tokens');
      if (typeof given !== 'string' || !/^[\x21-\x7e]+$/.test(given)) {
        throw unsupplied('the function that gives tokens gave none that a header can hold');
      }
      remember(given);
      return { headers: { authorization: `${scheme} ${given}` } };
    },
    secrets,
  };
}

/** `Authorization: Basic …`. @param pair `user:password` */
export function basicAuth(pair: string): AuthStrategy {
  const authorization = `Basic ${encodeBase64(new TextEncoder().encode(pair))}`;
  return { authorize: () => ({ headers: { authorization } }), secrets: () => [pair] };
}

/** A header of the server's own, e.g. `x-key`. */
export function headerAuth(name: string, value: string): AuthStrategy {
  return { authorize: () => ({ headers: { [name]: value } }), secrets: () => [value] };
}

/** A key in the query. Such keys end in logs: only for servers that offer nothing else. */
export function queryAuth(name: string, value: string): AuthStrategy {
  return { authorize: () => ({ query: { [name]: value } }), secrets: () => [value] };
}

export const noAuth: AuthStrategy = { authorize: () => ({}), secrets: () => [] };

/** What the caller's own function gives. @throws TransportError when it fails: nothing was sent then */
export async function supplied<T>(supplier: () => T | Promise<T>, name: string): Promise<T> {
  try {
    return await supplier();
  } catch (error) {
    throw unsupplied(`${name} failed`, copyCause(error, redact));
  }
}

/** Nothing was sent, and asking the same function again is the caller's affair. */
export function unsupplied(message: string, cause?: unknown) {
  return transportError(message, { fault: 'authentication', step: 'token', isFinal: true, cause });
}

/** The last few credentials that were in use. */
export function createMemory() {
  const known: (readonly string[])[] = [];
  return {
    /** @param parts of one credential: what belongs together is forgotten together */
    remember(...parts: readonly string[]): void {
      if (known.some((each) => each.join('\n') === parts.join('\n'))) return;
      known.unshift(parts);
      known.length = Math.min(known.length, REMEMBERED);
    },
    secrets: (): readonly string[] => known.flat(),
  };
}
