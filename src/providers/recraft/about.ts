import { bearer, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'recraft',
  title: 'Recraft',
  aliases: [],
  auth: bearer('RECRAFT_API_TOKEN'),
} as const satisfies ProviderAbout;
