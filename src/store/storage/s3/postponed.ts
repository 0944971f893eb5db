/** A picture that is not in its bucket yet, and is not lost either. */
import { AiImageError } from '../../../providers/protocol/errors.ts';

class Postponed extends AiImageError {}

/** @param cause why, reduced to what may be told */
export function postponed(address: string, incoming: string, cause: unknown): AiImageError {
  const why = cause instanceof Error ? cause.message : 'unknown reason';
  const message = `a picture is not in ${address} yet: ${why}; it waits in ${incoming} and is uploaded when the store is opened again`;
  return new Postponed('internal', message, {
    hint: 'Nothing is lost. See to the bucket, then open the store.',
    cause,
  });
}

export const isPostponed = (error: unknown): boolean => error instanceof Postponed;
