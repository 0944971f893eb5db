/** The error for an image that is saved on this machine but not uploaded to its bucket yet. */
import { AiImageError } from '../../../providers/protocol/errors.ts';

class PostponedUpload extends AiImageError {}

/** @param cause an error whose message contains no secrets */
export function postponedUploadError(address: string, incoming: string, cause: unknown): AiImageError {
  const why = cause instanceof Error ? cause.message : 'unknown reason';
  const message = `the image could not be uploaded to ${address} (${why}); its bytes are in ${incoming} and are uploaded when the store is opened again`;
  return new PostponedUpload('storage_failed', message, {
    charged: 'unknown',
    hint: 'Check the bucket. The upload is also repeated before the next call.',
    cause,
  });
}

export const isPostponed = (error: unknown): boolean => error instanceof PostponedUpload;
