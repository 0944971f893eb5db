/** OAuth 2.0 client credentials: exchanges an id and a secret for a short-lived token. Source: RFC 6749, section 4.4. */

import type { AuthStrategy } from './auth-strategy.ts';
import { createSecretMemory } from './secret-memory.ts';
import { createTokenCache } from './token-cache.ts';
import { readTokenReply } from './token-reply.ts';

interface ClientCredentials {
  /** `https://…`, from the caller's settings. */
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** In the format of the server, e.g. separated by commas. */
  readonly scope: string;
}

/** Creates the strategy. The token is shared by all calls, renewed early, and renewed once after a 401. */
export function oauthAuth({ tokenUrl, clientId, clientSecret, scope }: ClientCredentials): AuthStrategy {
  const memory = createSecretMemory();
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope };
  const cache = createTokenCache(async ({ requestToken }) => {
    const reply = await requestToken({ method: 'POST', url: tokenUrl, form });
    const fetched = readTokenReply(reply, { secrets: [clientSecret] });
    memory.remember(fetched.token);
    return fetched;
  });
  return {
    authorize: async (_request, context) => ({
      headers: { authorization: `Bearer ${await cache.get(context)}` },
    }),
    secrets: () => [clientSecret, ...memory.secrets()],
    renew({ status }) {
      if (status !== 401) return false;
      cache.drop();
      return true;
    },
  };
}
