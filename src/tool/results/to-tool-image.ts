/** Describes a stored image for an agent. */
import { MEDIA_TYPES, type MediaType } from '../../providers/protocol/index.ts';
import type { ArtifactSummary } from '../../store/catalog/artifact-rows.ts';
import type { ToolImage } from '../tool-result.ts';
import type { FilledSettings } from '../tool-set.ts';
import { IMAGE_URI } from './image-uri.ts';

type Described = Pick<ArtifactSummary, 'id' | 'path' | 'format' | 'width' | 'height'>;

export function toToolImage(
  { id, path, format, width, height }: Described,
  { linkOf }: Pick<FilledSettings, 'linkOf'>,
): ToolImage {
  const mime: MediaType = MEDIA_TYPES[format];
  return { id, mime, path, url: linkTo(id, linkOf), uri: `${IMAGE_URI}${id}`, width, height };
}

/** The host wrote the function. If it throws, the answer has no link: an image that was paid for must not be lost. */
function linkTo(id: string, linkOf: FilledSettings['linkOf']): string | null {
  try {
    return linkOf?.(id) ?? null;
  } catch {
    return null;
  }
}
