/** Several failures told as one error. */
import { AiImageError, type Charged, type ImageFailure, withErrorDetails } from '../protocol/errors.ts';

/** Heaviest first: an error that says that nothing was charged must be true for every request behind it. */
const BY_WEIGHT: readonly Charged[] = ['yes', 'unknown', 'no'];

/**
 * The error to throw when no picture came. The one that weighs most speaks: were a rate limit to speak for a lost answer, the caller
 * would send both again and pay for one of them twice.
 */
export function toOneError(failures: readonly ImageFailure[], provider: string): AiImageError {
  const [first] = failures;
  if (first === undefined) return new AiImageError('no_image', `${provider}: no picture came`, { provider });
  if (failures.length === 1) return first.error;
  const speaker = BY_WEIGHT.flatMap((charged) => failures.find(({ error }) => error.charged === charged) ?? [])[0];
  const { error } = speaker ?? first;
  return withErrorDetails(error, {
    provider,
    job: error.job ?? failures.find((each) => each.error.job)?.error.job,
    quarantine: [...new Set(failures.flatMap((each) => each.error.quarantine))],
    failures,
  });
}
