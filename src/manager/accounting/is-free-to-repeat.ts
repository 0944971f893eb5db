/** Decides whether a failed call can be repeated without paying twice. */
import type { AiImageError } from '../../providers/protocol/index.ts';

/** A job that is still open may return its image later, whatever the last response about it said. */
export const isFreeToRepeat = ({ charged, job, endsJob }: AiImageError): boolean =>
  charged === 'no' && (job === undefined || endsJob);
