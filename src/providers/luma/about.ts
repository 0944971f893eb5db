import type { ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'luma',
  title: 'Luma AI',
  aliases: ['luma-ai', 'lumaai'],
  /** Two products with separate keys: the Agents API, and Dream Machine for the Photon models. */
  auth: { kind: 'own', env: ['LUMA_AGENTS_API_KEY'], alternatives: ['photonApiKey'], areSeparateProducts: true },
  env: { photonApiKey: ['LUMAAI_API_KEY', 'LUMA_API_KEY'] },
  settings: ['photonApiKey', 'photonUrl'],
} as const satisfies ProviderAbout;
