/** Decides how many unfinished images a call asks its provider for. */
import type { ServerContext } from '../../http/server-context.ts';

export interface WantedPartialImages {
  /** Of each image. The provider may charge for them: no more are asked for than the client wants. */
  readonly partialImages: number;
  /** What the answer tells the client. */
  readonly warnings: readonly string[];
}

/** @param partialImages the field `partial_images`; it has no meaning without `stream` */
export function wantedPartialImages(
  { isStream, partialImages }: { readonly isStream: boolean; readonly partialImages: number },
  { settings }: Pick<ServerContext, 'settings'>,
): WantedPartialImages {
  const wanted = isStream ? partialImages : 0;
  if (wanted === 0 || settings.queue === undefined) return { partialImages: wanted, warnings: [] };
  return { partialImages: 0, warnings: [WITH_QUEUE] };
}

const WITH_QUEUE =
  '`partial_images` has no effect, because this server generates images with a queue. Only finished images are sent.';
