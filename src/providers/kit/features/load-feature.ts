/** Loads the code of a feature. */
import { AiImageError } from '../../protocol/errors.ts';
import type { ProviderAbout } from '../adapter/about.ts';
import type { FeatureLoader, FeatureName } from '../adapter/feature-loader.ts';
import type { Features } from './features.ts';

const HINT =
  'Check the network, and that the server still serves all files of this deployment. In a browser, reload the page.';

/**
 * @param charged whether the vendor may have charged something by then: `unknown` for a job that was submitted before
 * @throws AiImageError `internal`: in a browser, loading fails if the server was updated or shut down in the meantime
 */
export async function loadFeature<Name extends FeatureName>(
  { id }: ProviderAbout,
  { name, load }: FeatureLoader<Name>,
  charged: 'no' | 'unknown' = 'no',
): Promise<Features[Name]> {
  try {
    // `loaders.ts`, which makes all values of `FeatureLoader`, checks what they load.
    return (await load()) as Features[Name];
  } catch (cause) {
    throw new AiImageError('internal', `${id}: the code for ${name} could not be loaded`, {
      provider: id,
      charged,
      hint:
        charged === 'no' ? `Nothing was sent. ${HINT}` : `The job is not affected. ${HINT} Then resume the job again.`,
      cause,
    });
  }
}
