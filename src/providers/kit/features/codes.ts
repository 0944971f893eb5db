/** The code of each feature, for the adapters that use it. A bundle contains what its adapters name. */
import type { FeatureCode, FeatureName } from '../adapter/feature-code.ts';
import type { Features } from './features.ts';

/** A code with the type of what it loads. */
type CodeOf<Name extends FeatureName> = FeatureCode<Name> & { readonly load: () => Promise<Features[Name]> };

export const jobCode: CodeOf<'jobs'> = { feature: 'jobs', load: () => import('./jobs.ts') };
export const jobWebSocketCode: CodeOf<'jobWebSocket'> = {
  feature: 'jobWebSocket',
  load: () => import('./job-websocket.ts'),
};
export const listingCode: CodeOf<'listing'> = { feature: 'listing', load: () => import('../calls/list-models.ts') };
export const lookupCode: CodeOf<'lookup'> = { feature: 'lookup', load: () => import('../calls/look-up.ts') };
export const streamCode: CodeOf<'stream'> = { feature: 'stream', load: () => import('./stream.ts') };
export const uploadCode: CodeOf<'upload'> = { feature: 'upload', load: () => import('./upload.ts') };
export const webhookCode: CodeOf<'webhook'> = { feature: 'webhook', load: () => import('../calls/parse-webhook.ts') };
