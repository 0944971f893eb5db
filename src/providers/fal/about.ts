import type { AuthDeclaration, ProviderAbout } from '../kit/adapter/about.ts';

/** `Authorization: Key …`, not Bearer. */
const auth = { kind: 'bearer', scheme: 'Key', env: ['FAL_KEY', 'FAL_API_KEY'] } as const satisfies AuthDeclaration;

export const about = {
  id: 'fal',
  title: 'fal',
  aliases: ['fal-ai'],
  serves: ['seedream'],
  auth,
  settings: ['storageUrl', 'catalogueUrl'],
} as const satisfies ProviderAbout;
