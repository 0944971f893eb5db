/** Stored and generated images as the API shows them. The paths of files on the server are left out. */

import type { RouteName } from '../../../../client/routes.ts';
import type { ApiGeneratedImage } from '../../../../client/schemas/generate.ts';
import type { ApiImage, ApiImageDetails } from '../../../../client/schemas/images.ts';
import { toBase64 } from '../../../../index.ts';
import { FILE_EXTENSIONS, type ImageFormat } from '../../../../providers/protocol/index.ts';
import type { Artifact, ArtifactSummary, StoredGeneration } from '../../../../store/index.ts';
import type { RouteCall } from '../route-call.ts';

/** What is needed to create links. */
export type LinkContext = Pick<RouteCall<RouteName>, 'context' | 'origin'>;

export const DEFAULT_LINK_LIFETIME_MS = 86_400_000;

/** Creates a link to the file of a stored image. */
export function linkTo(
  { id, format }: { readonly id: string; readonly format: ImageFormat },
  { context, origin }: LinkContext,
  lifetimeMs = DEFAULT_LINK_LIFETIME_MS,
): Promise<string> {
  return context.links.create({ id, name: fileNameOf({ id, format }) }, origin, lifetimeMs);
}

/** The name that a download gets. */
export const fileNameOf = ({ id, format }: { readonly id: string; readonly format: ImageFormat }): string =>
  `${id}.${FILE_EXTENSIONS[format]}`;

export async function toApiImage({ path: _, ...summary }: ArtifactSummary, links: LinkContext): Promise<ApiImage> {
  return { ...summary, url: await linkTo(summary, links) };
}

export async function toImageDetails(artifact: Artifact, links: LinkContext): Promise<ApiImageDetails> {
  const { id, createdAt, provider, model, format, width, height, bytes, selection, mediaType, sha256 } = artifact;
  const { promptUsed, promptHash, revisedPrompt, seed, request, applied, warnings, cost, timing } = artifact;
  const { requestId, job, call, index, parents, tags, imported, mark, library } = artifact;
  return {
    ...{ id, createdAt, provider, model, prompt: promptUsed ?? '', format, width, height, bytes },
    ...{ costUsd: cost.usd, selection, url: await linkTo(artifact, links) },
    ...{ mediaType, sha256, promptHash, revisedPrompt, seed, request, applied, warnings, cost },
    ...{ durationMs: timing.durationMs, requestId, job: job?.id, call, index, parents, tags, imported, mark, library },
  };
}

/** An image that the store could not take is returned with its bytes: it was paid for. */
export async function toGeneratedImages(
  { images, saved }: Pick<StoredGeneration, 'images' | 'saved'>,
  links: LinkContext,
): Promise<readonly ApiGeneratedImage[]> {
  // Which image was not saved is not known, so that none has an id then.
  const isStored = saved.length === images.length;
  return Promise.all(
    images.map(async (image, at): Promise<ApiGeneratedImage> => {
      const { format, mediaType, width, height, seed, revisedPrompt } = image;
      const id = isStored ? saved[at]?.id : undefined;
      return {
        ...(id === undefined ? { base64: toBase64(image) } : { id, url: await linkTo({ id, format }, links) }),
        ...{ format, mediaType, width, height, bytes: image.imageBytes.length, seed, revisedPrompt },
      };
    }),
  );
}
