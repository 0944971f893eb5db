import { ownAuth, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'firefly',
  title: 'Adobe Firefly Services',
  aliases: ['adobe-firefly'],
  /** The client secret, which is exchanged for tokens (the client id is not secret), or an access token. */
  auth: ownAuth(['FIREFLY_SERVICES_CLIENT_SECRET', 'FIREFLY_CLIENT_SECRET'], ['accessToken']),
  env: { clientId: ['FIREFLY_SERVICES_CLIENT_ID', 'FIREFLY_CLIENT_ID'] },
  settings: ['clientId', 'accessToken', 'tokenUrl', 'scope'],
} as const satisfies ProviderAbout;
