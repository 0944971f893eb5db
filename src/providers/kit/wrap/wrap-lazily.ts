/** Wraps a third-party provider as `wrapProvider` does. The code of the checks is loaded by the first call. */
import type { AiImageProvider, MediaProvider } from '../../protocol/provider.ts';
import { createLazyProvider, isBuiltIn, isClosed } from '../provider/lazy-provider.ts';

/** By provider and name, because errors contain the name. */
const wrapped = new WeakMap<AiImageProvider, Map<string, Required<MediaProvider>>>();

/** @returns a built-in provider unchanged; for others, a provider that checks their results (the same one each time) */
export function wrapProviderLazily(id: string, provider: AiImageProvider): Required<MediaProvider> {
  if (isBuiltIn(provider)) return provider as Required<MediaProvider>;
  const ownId = 'id' in provider && typeof provider.id === 'string' ? provider.id : id;
  const byId = wrapped.get(provider) ?? new Map<string, Required<MediaProvider>>();
  wrapped.set(provider, byId);
  const known = byId.get(ownId);
  if (known && !isClosed(known)) return known;
  const fresh = createLazyProvider(ownId, async () =>
    (await import('./wrap-provider.ts')).wrapProvider(ownId, provider),
  );
  byId.set(ownId, fresh);
  return fresh;
}
