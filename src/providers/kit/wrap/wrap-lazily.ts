/** `adoptProvider` without loading the checks before the first call. */
import type { AiImageProvider, MediaProvider } from '../../protocol/provider.ts';
import { isClosed, isOwn, lazyProvider } from '../provider/lazy-provider.ts';

/** By provider and the name it was given, since that name stands in its errors. */
const adopted = new WeakMap<AiImageProvider, Map<string, Required<MediaProvider>>>();

/** @returns the provider itself when it is one of ours, else one that checks what it returns (the same one each time) */
export function wrapProviderLazily(id: string, provider: AiImageProvider): Required<MediaProvider> {
  if (isOwn(provider)) return provider as Required<MediaProvider>;
  const ownId = 'id' in provider && typeof provider.id === 'string' ? provider.id : id;
  const byId = adopted.get(provider) ?? new Map<string, Required<MediaProvider>>();
  adopted.set(provider, byId);
  const known = byId.get(ownId);
  if (known && !isClosed(known)) return known;
  const fresh = lazyProvider(ownId, async () => (await import('./wrap-provider.ts')).wrapProvider(ownId, provider));
  byId.set(ownId, fresh);
  return fresh;
}
