/** How a request shows who sends it. Secrets live in closures; only the redactor is told them. */

import { transportError } from './errors.ts';

export interface Authorization {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

/** What a strategy may sign. */
export interface SignableRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Present when the body is known as bytes. */
  readonly body?: Uint8Array;
}

/** The seam for signatures and tokens: they may take time and ask a token server. */
export interface AuthStrategy {
  readonly authorize: (request: SignableRequest, signal: AbortSignal) => Authorization | Promise<Authorization>;
  /** What must never be seen. Asked at each use. */
  readonly secrets: () => readonly string[];
}

/** Gives a token for each request; where they come from and how long they last is the caller's affair. */
export type TokenSupplier = () => string | Promise<string>;

/** `Authorization: Bearer <token>`; another word than Bearer where a server wants one. */
export function bearerAuth(token: string | TokenSupplier, scheme = 'Bearer'): AuthStrategy {
  if (typeof token === 'string') {
    return { authorize: () => ({ headers: { authorization: `${scheme} ${token}` } }), secrets: () => [token] };
  }
  const supplied: string[] = [];
  return {
    async authorize() {
      const given: unknown = await token();
      if (typeof given !== 'string' || !/^[\x21-\x7e]+$/.test(given)) {
        throw transportError('the function that gives tokens gave none that a header can hold', {
          fault: 'authentication',
          step: 'token',
          isFinal: true,
        });
      }
      // The last few: an answer to an earlier request may still echo an earlier one.
      if (!supplied.includes(given)) supplied.unshift(given);
      supplied.length = Math.min(supplied.length, 4);
      return { headers: { authorization: `${scheme} ${given}` } };
    },
    secrets: () => supplied,
  };
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
