import { ownAuth, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'bedrock',
  title: 'Amazon Bedrock',
  aliases: ['bedrock_titan', 'aws-bedrock', 'titan'],
  /** A key of the service, which goes before anything else (as in the vendor's own client), or credentials that sign. */
  auth: ownAuth(['AWS_BEARER_TOKEN_BEDROCK'], ['accessKeyId', 'secretAccessKey', 'credentials']),
  env: {
    region: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    accessKeyId: ['AWS_ACCESS_KEY_ID'],
    secretAccessKey: ['AWS_SECRET_ACCESS_KEY'],
    sessionToken: ['AWS_SESSION_TOKEN'],
  },
} as const satisfies ProviderAbout;
