import { bearer, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'replicate',
  title: 'Replicate',
  aliases: [],
  serves: ['seedream'],
  auth: bearer('REPLICATE_API_TOKEN'),
  env: { webhookSecret: ['REPLICATE_WEBHOOK_SIGNING_SECRET'] },
  settings: ['webhookSecret'],
} as const satisfies ProviderAbout;
