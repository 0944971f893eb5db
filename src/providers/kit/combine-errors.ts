/** Combines the errors of several images into one. */
import { AiImageError, type Charged, type ImageFailure, withErrorDetails } from '../protocol/errors.ts';

/** Most severe first: an error with `charged: 'no'` must be true for all requests. */
const BY_SEVERITY: readonly Charged[] = ['yes', 'unknown', 'no'];

/**
 * Returns the error to throw if all images failed: the most severe one. If a rate limit represented a lost reply, the caller would send
 * both again and pay for one of them twice.
 */
export function combineErrors(failures: readonly ImageFailure[], provider: string): AiImageError {
  const [first] = failures;
  if (first === undefined)
    return new AiImageError('no_image', `${provider}: the vendor returned no image`, { provider });
  if (failures.length === 1) return first.error;
  const worst = BY_SEVERITY.flatMap((charged) => failures.find(({ error }) => error.charged === charged) ?? [])[0];
  const { error } = worst ?? first;
  return withErrorDetails(error, {
    provider,
    job: error.job ?? failures.find((each) => each.error.job)?.error.job,
    quarantine: [...new Set(failures.flatMap((each) => each.error.quarantine))],
    failures,
  });
}
