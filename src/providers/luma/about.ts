import type { ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'luma',
  title: 'Luma AI',
  aliases: ['luma-ai', 'lumaai'],
  /** Two products, each with a key that the other does not know: the Agents API, and Dream Machine for the Photon models. */
  auth: { kind: 'own', env: ['LUMA_AGENTS_API_KEY'], instead: ['photonApiKey'], areDoors: true },
  env: { photonApiKey: ['LUMAAI_API_KEY', 'LUMA_API_KEY'] },
} as const satisfies ProviderAbout;
