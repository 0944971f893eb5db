import { noKey, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'openai-compatible',
  title: 'OpenAI-compatible server or gateway',
  aliases: ['openai_compatible'],
  /** Most servers need no key. If one is set, it is sent as a bearer token. */
  auth: noKey,
  nameSetting: 'name',
  env: { baseUrl: ['OPENAI_COMPATIBLE_BASE_URL'], apiKey: ['OPENAI_COMPATIBLE_API_KEY'] },
  settings: [
    'server',
    'api',
    'models',
    'maskPolarity',
    'responseFormat',
    'pricePerImageUsd',
    'maxImagesPerRequest',
    'seedField',
    'negativePromptField',
    'extraBody',
    'name',
  ],
} as const satisfies ProviderAbout;
