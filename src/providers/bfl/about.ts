import { headerKey, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'bfl',
  title: 'Black Forest Labs FLUX',
  aliases: ['flux', 'black-forest-labs'],
  auth: headerKey('x-key', 'BFL_API_KEY'),
  env: { webhookSecret: ['BFL_WEBHOOK_SECRET'] },
  settings: ['region', 'webhookSecret'],
} as const satisfies ProviderAbout;
