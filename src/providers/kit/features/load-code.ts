/** Loads code that not every call needs, before the call sends anything. */
import { AiImageError } from '../../protocol/errors.ts';
import type { ProviderAbout } from '../adapter/about.ts';

const HINT =
  'Check the network, and that the server still serves all files of this deployment. In a browser, reload the page.';

/**
 * @param name for the message
 * @param charged whether the vendor may have charged something by then: `unknown` for a job that was submitted before
 * @throws AiImageError `internal`: in a browser, loading fails if the server was updated or shut down in the meantime
 */
export async function loadCode<Code>(
  { id }: ProviderAbout,
  name: string,
  load: () => Promise<Code>,
  charged: 'no' | 'unknown' = 'no',
): Promise<Code> {
  try {
    return await load();
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
