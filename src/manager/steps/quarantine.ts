/** Stores bytes that were paid for but are not a complete image, and says where they are. */
import { withErrorDetails } from '../../providers/protocol/errors.ts';
import type { AiImageError, ImageGeneration } from '../../providers/protocol/index.ts';
import type { ManagerStore } from '../../store/interfaces.ts';

/** @returns the places of the bytes; bytes that cannot be stored are left out */
async function quarantine(
  { quarantine: allBytes, message }: AiImageError,
  store: ManagerStore | undefined,
): Promise<readonly string[]> {
  if (store === undefined) return [];
  const settled = await Promise.allSettled(allBytes.map((bytes) => store.quarantine(bytes, message)));
  return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}

/** Stores the bytes of an error. @returns the error, with the places in its hint */
export async function withQuarantine(error: AiImageError, store: ManagerStore | undefined): Promise<AiImageError> {
  const places = await quarantine(error, store);
  if (places.length === 0) return error;
  return withErrorDetails(error, {
    hint: `The received bytes, which may have been charged, are in ${places.join(', ')}.`,
  });
}

/** Stores the bytes of images that failed while others succeeded. @returns the places */
export async function quarantineFailures(
  { failures }: Pick<ImageGeneration, 'failures'>,
  store: ManagerStore | undefined,
): Promise<readonly string[]> {
  const places: string[] = [];
  for (const error of new Set(failures.map((failure) => failure.error)))
    places.push(...(await quarantine(error, store)));
  return places;
}

export const quarantineNotes = (places: readonly string[]): readonly string[] =>
  places.map((place) => `an incomplete image was paid for; its bytes are in ${place}`);
