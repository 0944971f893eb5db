import { headerKey, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'google-gemini',
  title: 'Google Gemini API',
  aliases: ['gemini', 'nano-banana', 'imagen'],
  /** The service-specific variable takes precedence here; the vendor's own client prefers `GOOGLE_API_KEY`. */
  auth: headerKey('x-goog-api-key', 'GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'),
  env: { baseUrl: ['GOOGLE_GEMINI_BASE_URL'] },
  settings: ['apiVersion'],
} as const satisfies ProviderAbout;
