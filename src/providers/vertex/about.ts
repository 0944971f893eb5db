import { ownAuth, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'vertex',
  title: 'Google Vertex AI (Gemini Enterprise Agent Platform)',
  aliases: ['vertex-imagen', 'vertex_imagen'],
  /**
   * An API key alone means express mode. Everything else, including a key file, needs a project. With a project alone, the credentials of
   * the gcloud command or of the machine are used.
   */
  auth: ownAuth(['GOOGLE_VERTEX_API_KEY'], ['accessToken', 'credentials', 'project']),
  env: {
    project: ['GOOGLE_CLOUD_PROJECT', 'GOOGLE_VERTEX_PROJECT'],
    location: ['GOOGLE_CLOUD_LOCATION', 'GOOGLE_VERTEX_LOCATION'],
    credentialsFile: ['GOOGLE_APPLICATION_CREDENTIALS'],
    baseUrl: ['GOOGLE_VERTEX_BASE_URL'],
  },
  settings: [
    'project',
    'location',
    'accessToken',
    'credentials',
    'credentialsFile',
    'apiVersion',
    'tokenUrl',
    'metadataUrl',
  ],
} as const satisfies ProviderAbout;
