/** Bytes that were paid for and are not a whole image are stored, and their place is named. */
import { withErrorDetails } from '../../providers/protocol/errors.ts';
import type { AiImageError, ImageGeneration } from '../../providers/protocol/index.ts';
import type { ManagerStore } from '../../store/interfaces.ts';

/** @returns where the bytes are */
async function quarantine(
  { quarantine: all, message }: AiImageError,
  store: ManagerStore | undefined,
): Promise<readonly string[]> {
  if (store === undefined) return [];
  const settled = await Promise.allSettled(all.map((bytes) => store.quarantine(bytes, message)));
  return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}

/** @returns the error as the caller gets it: its hint names the place */
export async function withQuarantine(error: AiImageError, store: ManagerStore | undefined): Promise<AiImageError> {
  const places = await quarantine(error, store);
  if (places.length === 0) return error;
  return withErrorDetails(error, { hint: `What came was paid for and is in ${places.join(', ')}.` });
}

/** Of the images that failed beside others. @returns where the bytes are */
export async function quarantineFailures(
  { failures }: Pick<ImageGeneration, 'failures'>,
  store: ManagerStore | undefined,
): Promise<readonly string[]> {
  const places: string[] = [];
  for (const error of new Set(failures.map((failure) => failure.error)))
    places.push(...(await quarantine(error, store)));
  return places;
}

export const notesOnQuarantine = (places: readonly string[]): readonly string[] =>
  places.map((place) => `an image that is not whole was paid for; its bytes are in ${place}`);
