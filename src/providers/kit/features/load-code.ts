/** Loads code that not every call needs, before the call sends anything. */
import { AiImageError } from '../../protocol/errors.ts';
import type { ProviderAbout } from '../adapter/about.ts';
import { LOAD_FAILURE_HINT } from '../load-failure-hint.ts';

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
        charged === 'no'
          ? `Nothing was sent. ${LOAD_FAILURE_HINT}`
          : `The job is not affected. ${LOAD_FAILURE_HINT} Then resume the job again.`,
      cause,
    });
  }
}
