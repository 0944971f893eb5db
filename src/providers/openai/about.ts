import { bearer, type ProviderAbout } from '../kit/about.ts';

export const about = {
  id: 'openai',
  title: 'OpenAI Images',
  aliases: ['gpt-image'],
  auth: bearer('OPENAI_API_KEY'),
  env: { baseUrl: ['OPENAI_BASE_URL'], organization: ['OPENAI_ORG_ID'], project: ['OPENAI_PROJECT_ID'] },
} as const satisfies ProviderAbout;
