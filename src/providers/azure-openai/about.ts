import { ownAuth, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'azure-openai',
  title: 'Azure OpenAI (Microsoft Foundry)',
  aliases: ['azure'],
  /** An API key, or a Microsoft Entra token. */
  auth: ownAuth(['AZURE_OPENAI_API_KEY', 'AZURE_API_KEY'], ['token']),
  env: {
    endpoint: ['AZURE_OPENAI_ENDPOINT'],
    resource: ['AZURE_RESOURCE_NAME'],
    deployment: ['AZURE_OPENAI_DEPLOYMENT'],
    apiVersion: ['OPENAI_API_VERSION'],
  },
  settings: ['endpoint', 'resource', 'deployment', 'modelFamily', 'token', 'surface', 'apiVersion'],
} as const satisfies ProviderAbout;
