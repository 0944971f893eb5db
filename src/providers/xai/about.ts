import { bearer, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'xai',
  title: 'xAI Grok Imagine',
  aliases: ['grok', 'xai_aurora', 'aurora'],
  auth: bearer('XAI_API_KEY'),
} as const satisfies ProviderAbout;
