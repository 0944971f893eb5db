import { headerKey, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'ideogram',
  title: 'Ideogram',
  aliases: [],
  auth: headerKey('Api-Key', 'IDEOGRAM_API_KEY'),
  settings: ['keysUrl'],
} as const satisfies ProviderAbout;
