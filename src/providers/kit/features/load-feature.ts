/** Loads the code of a feature. */
import type { ProviderAbout } from '../adapter/about.ts';
import type { FeatureLoader, FeatureName } from '../adapter/feature-loader.ts';
import type { Features } from './features.ts';
import { loadCode } from './load-code.ts';

/**
 * @param charged whether the vendor may have charged something by then: `unknown` for a job that was submitted before
 * @throws AiImageError `internal`
 */
export function loadFeature<Name extends FeatureName>(
  about: ProviderAbout,
  { name, load }: FeatureLoader<Name>,
  charged: 'no' | 'unknown' = 'no',
): Promise<Features[Name]> {
  // `loaders.ts`, which makes all values of `FeatureLoader`, checks what they load.
  return loadCode(about, name, load as () => Promise<Features[Name]>, charged);
}
