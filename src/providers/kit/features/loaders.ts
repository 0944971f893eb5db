/** One loader for each feature, for the adapters that use it. A bundle contains what its adapters name. */
import type { FeatureLoader, FeatureName } from '../adapter/feature-loader.ts';
import type { Features } from './features.ts';

/** A loader, with the type of the module that it imports. */
type LoaderOf<Name extends FeatureName> = FeatureLoader<Name> & { readonly load: () => Promise<Features[Name]> };

export const jobFeature: LoaderOf<'jobs'> = { name: 'jobs', load: () => import('./jobs.ts') };
export const jobWebSocketFeature: LoaderOf<'jobWebSocket'> = {
  name: 'jobWebSocket',
  load: () => import('./job-websocket.ts'),
};
export const listingFeature: LoaderOf<'listing'> = {
  name: 'listing',
  load: () => import('../calls/list-models.ts'),
};
export const lookupFeature: LoaderOf<'lookup'> = { name: 'lookup', load: () => import('../calls/look-up.ts') };
/** For models that take masks. */
export const maskFeature: LoaderOf<'masks'> = { name: 'masks', load: () => import('./masks.ts') };
/** For models that take masks in the protocol's own convention only. */
export const whiteMaskFeature: LoaderOf<'masks'> = { name: 'masks', load: () => import('./white-masks.ts') };
export const streamFeature: LoaderOf<'stream'> = { name: 'stream', load: () => import('./stream.ts') };
export const svgFeature: LoaderOf<'svg'> = { name: 'svg', load: () => import('../image/check-image.ts') };
export const uploadFeature: LoaderOf<'upload'> = { name: 'upload', load: () => import('./upload.ts') };
export const webhookFeature: LoaderOf<'webhook'> = {
  name: 'webhook',
  load: () => import('../calls/parse-webhook.ts'),
};
