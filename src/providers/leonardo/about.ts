import { bearer, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'leonardo',
  title: 'Leonardo.Ai',
  aliases: ['leonardo-ai'],
  serves: ['seedream'],
  auth: bearer('LEONARDO_API_KEY'),
} as const satisfies ProviderAbout;
