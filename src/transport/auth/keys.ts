/** Strategies for API keys and for tokens that the caller supplies. */
import { encodeBase64 } from '#platform';
import type { AuthStrategy } from './auth-strategy.ts';
import { createSecretMemory } from './secret-memory.ts';
import { callSupplier, credentialError } from './supplier.ts';

/** Returns a token. Called for each request; the caller caches and renews tokens. */
export type TokenSupplier = () => string | Promise<string>;

/** Sends `Authorization: Bearer <token>`. @param scheme replaces `Bearer` */
export function bearerAuth(token: string | TokenSupplier, scheme = 'Bearer'): AuthStrategy {
  if (typeof token === 'string') {
    return { authorize: () => ({ headers: { authorization: `${scheme} ${token}` } }), secrets: () => [token] };
  }
  const { remember, secrets } = createSecretMemory();
  return {
    async authorize() {
      const given = await callSupplier(token, 'the token function');
      if (typeof given !== 'string' || !/^[\x21-\x7e]+$/.test(given)) {
        throw credentialError('the token function did not return a valid header value');
      }
      remember(given);
      return { headers: { authorization: `${scheme} ${given}` } };
    },
    secrets,
  };
}

/** Sends `Authorization: Basic …`. @param pair `user:password` */
export function basicAuth(pair: string): AuthStrategy {
  const authorization = `Basic ${encodeBase64(new TextEncoder().encode(pair))}`;
  return { authorize: () => ({ headers: { authorization } }), secrets: () => [pair] };
}

/** Sends the key in a header, e.g. `x-key`. */
export function headerAuth(name: string, value: string): AuthStrategy {
  return { authorize: () => ({ headers: { [name]: value } }), secrets: () => [value] };
}

/** Sends the key in the query. Such keys end up in logs, so use it only for servers without an alternative. */
export function queryAuth(name: string, value: string): AuthStrategy {
  return { authorize: () => ({ query: { [name]: value } }), secrets: () => [value] };
}

/** Sends no credential. */
export const noAuth: AuthStrategy = { authorize: () => ({}), secrets: () => [] };
