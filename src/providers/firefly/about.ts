import { ownAuth, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'firefly',
  title: 'Adobe Firefly Services',
  aliases: ['adobe-firefly'],
  /** The client's secret, which is exchanged for tokens; its id is no secret. Or a token that was got elsewhere. */
  auth: ownAuth(['FIREFLY_SERVICES_CLIENT_SECRET', 'FIREFLY_CLIENT_SECRET'], ['accessToken']),
  env: { clientId: ['FIREFLY_SERVICES_CLIENT_ID', 'FIREFLY_CLIENT_ID'] },
} as const satisfies ProviderAbout;
