/** What code needs that uses any provider, of this package or not. Imports no adapter and no list of providers. */
export { createLazyProvider, isClosed, withoutClose as borrowed } from './kit/provider/lazy-provider.ts';
export { modelFor } from './kit/provider/model-choice.ts';
export { wrapProviderLazily } from './kit/wrap/wrap-lazily.ts';

/** Loads the check of image files. It is large, and most callers of this module do not need it. */
export const loadImageCheck = async (): Promise<typeof import('./kit/image/check-image.ts').checkImage> =>
  (await import('./kit/image/check-image.ts')).checkImage;

/** Loads the code of providers whose models are functions of this process. */
export const loadInProcessProvider = async (): Promise<
  typeof import('./kit/wrap/create-in-process-provider.ts').createInProcessProvider
> => (await import('./kit/wrap/create-in-process-provider.ts')).createInProcessProvider;
