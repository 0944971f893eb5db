/** Adds an estimated price to a test provider. */
import type { MediaProvider } from '../../src/index.ts';

export const priced = (provider: MediaProvider, usd: number): MediaProvider => ({
  ...provider,
  plan: async (request) => ({
    ...(await provider.plan(request)),
    price: { usd: usd * (request.n ?? 1), basis: 'estimated' },
  }),
});
