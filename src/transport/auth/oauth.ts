/** OAuth 2.0 client credentials: an id and a secret for a token that lasts a while. Source: RFC 6749, section 4.4. */
import { createMemory } from './keys.ts';
import type { AuthStrategy } from './strategy.ts';
import { readTokenReply } from './token-reply.ts';
import { createTokenCache } from './tokens.ts';

interface ClientCredentials {
  /** `https://…`, the caller's own word. */
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** As the server wants it, e.g. separated by commas. */
  readonly scope: string;
}

/** The token is fetched once for all who wait, renewed early, and once more when a request is refused with 401. */
export function oauthAuth({ tokenUrl, clientId, clientSecret, scope }: ClientCredentials): AuthStrategy {
  const memory = createMemory();
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope };
  const cache = createTokenCache(async ({ ask }) => {
    const reply = await ask({ method: 'POST', url: tokenUrl, form });
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
