import { bearer, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'openai',
  title: 'OpenAI Images',
  aliases: ['gpt-image', 'openai-images', 'dalle', 'dall-e'],
  auth: bearer('OPENAI_API_KEY'),
  otherServers: {
    host: 'api.openai.com',
    hint: 'For a server that is not OpenAI’s, use the provider openai-compatible: it assumes no models, sizes or prices of OpenAI.',
  },
  env: { baseUrl: ['OPENAI_BASE_URL'], organization: ['OPENAI_ORG_ID'], project: ['OPENAI_PROJECT_ID'] },
  settings: ['organization', 'project'],
} as const satisfies ProviderAbout;
