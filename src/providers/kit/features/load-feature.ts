/** Loads the code of a feature. */
import { AiImageError } from '../../protocol/errors.ts';
import type { ProviderAbout } from '../adapter/about.ts';
import type { FeatureCode, FeatureName } from '../adapter/feature-code.ts';
import type { Features } from './features.ts';

/**
 * @param charged whether the vendor may have charged something by then: `unknown` for a job that was submitted before
 * @throws AiImageError `internal`: in a browser, loading fails if the server was updated or shut down in the meantime
 */
export async function loadFeature<Name extends FeatureName>(
  { id }: ProviderAbout,
  { feature, load }: FeatureCode<Name>,
  charged: 'no' | 'unknown' = 'no',
): Promise<Features[Name]> {
  try {
    // `codes.ts`, which makes all values of `FeatureCode`, checks what they load.
    return (await load()) as Features[Name];
  } catch (cause) {
    throw new AiImageError('internal', `${id}: the code for ${feature} could not be loaded. Nothing was sent`, {
      provider: id,
      charged,
      hint: 'Check the network, and that the deployment still serves all its chunks. In a browser, load the page again.',
      cause,
    });
  }
}
