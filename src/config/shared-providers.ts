/**
 * The providers set with `setProvider`. One process may load several copies of this package: Next.js bundles it once for its
 * instrumentation and once for its routes, and two dependencies may install two versions. All copies use the list on `globalThis`.
 */
import type { AiImageProvider } from '../providers/protocol/provider.ts';

/** Plain data: each copy wraps the provider with its own checks. */
export interface SharedProvider {
  /** Used in messages. */
  readonly name: string;
  readonly provider: AiImageProvider;
}

/** By id or name; the default provider has the empty name. Of several under one name, the last one set is used. */
type SharedProviders = Map<string, readonly SharedProvider[]>;

/** Raise the number if the form of the list changes, so that copies with different forms do not read each other's list. */
const KEY = Symbol.for('@org/ai-image/providers/1');

/** Returns the list of this process, and creates it with the first use. */
export function sharedProviders(): SharedProviders {
  const known = (globalThis as { [KEY]?: SharedProviders })[KEY];
  const providers = known ?? new Map();
  if (!known) (globalThis as { [KEY]?: SharedProviders })[KEY] = providers;
  return providers;
}
