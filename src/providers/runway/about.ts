import { bearer, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'runway',
  title: 'Runway',
  aliases: ['runwayml'],
  serves: ['seedream'],
  auth: bearer('RUNWAYML_API_SECRET', 'RUNWAYML_API_KEY'),
} as const satisfies ProviderAbout;
