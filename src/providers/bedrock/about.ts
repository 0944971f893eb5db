import { ownAuth, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'bedrock',
  title: 'Amazon Bedrock',
  aliases: ['bedrock_titan', 'aws-bedrock', 'titan'],
  /** A Bedrock API key, which takes precedence (as in the vendor's own client), or credentials for request signing. */
  auth: ownAuth(['AWS_BEARER_TOKEN_BEDROCK'], ['accessKeyId', 'secretAccessKey', 'credentials']),
  env: {
    region: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    accessKeyId: ['AWS_ACCESS_KEY_ID'],
    secretAccessKey: ['AWS_SECRET_ACCESS_KEY'],
    sessionToken: ['AWS_SESSION_TOKEN'],
  },
  settings: ['region', 'accessKeyId', 'secretAccessKey', 'sessionToken', 'credentials', 'controlUrl'],
} as const satisfies ProviderAbout;
