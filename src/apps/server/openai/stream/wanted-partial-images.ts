/** Decides whether a call asks its provider for unfinished images. */
import type { ServerContext } from '../../http/server-context.ts';

export interface WantedPartialImages {
  readonly wantsPartialImages: boolean;
  /** What the answer tells the client. */
  readonly warnings: readonly string[];
}

/** @param partialImages the field `partial_images`; it has no meaning without `stream` */
export function wantedPartialImages(
  { isStream, partialImages }: { readonly isStream: boolean; readonly partialImages: number },
  { settings }: Pick<ServerContext, 'settings'>,
): WantedPartialImages {
  const isAsked = isStream && partialImages > 0;
  if (!isAsked || settings.queue === undefined) return { wantsPartialImages: isAsked, warnings: [] };
  return { wantsPartialImages: false, warnings: [WITH_QUEUE] };
}

const WITH_QUEUE =
  '`partial_images` has no effect, because this server generates images with a queue. Only finished images are sent.';
