/** What code needs that uses any provider, of this package or not. Imports no adapter and no list of providers. */
export { isClosed, withoutClose as borrowed } from './kit/provider/lazy-provider.ts';
export { modelFor } from './kit/provider/model-choice.ts';
export { wrapProviderLazily } from './kit/wrap/wrap-lazily.ts';
