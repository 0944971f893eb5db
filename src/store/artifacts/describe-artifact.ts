/** From a finished picture to what stands beside it. */
import { createHash } from 'node:crypto';
import type { GeneratedImage, ImageGeneration } from '../../providers/protocol/index.ts';
import type { ArtifactContext } from '../interfaces.ts';
import type { MarkedImage } from './embed-mark.ts';
import { factsOfPrompt, withoutWords } from './prompt-mark.ts';
import { SIDECAR_VERSION, type Sidecar } from './sidecar.ts';

export interface DescribeSettings {
  readonly prompts: 'text' | 'hash';
  readonly library: string;
  readonly createdAt: string;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** @param index which picture of its call @param received the hash of its bytes as they came @returns all but the file's name */
export function describeArtifact(
  image: GeneratedImage,
  index: number,
  generation: ImageGeneration,
  { provider, request, applied, parents }: ArtifactContext,
  { bytes, mark }: MarkedImage,
  { prompts, library, createdAt }: DescribeSettings,
): Omit<Sidecar, 'file'> {
  const { id, format, mediaType, width, height, imageBytes, promptUsed, revisedPrompt, seed, trailingBytes } = image;
  const { job, requestId, usage, cost, timing, warnings } = generation;
  const isOpen = prompts === 'text';
  return {
    version: SIDECAR_VERSION,
    id,
    createdAt,
    format,
    mediaType,
    width,
    height,
    bytes: bytes.length,
    ...(trailingBytes !== undefined && { trailingBytes }),
    sha256: sha256(bytes),
    receivedSha256: bytes === imageBytes ? sha256(bytes) : sha256(imageBytes),
    mark,
    provider,
    model: image.model,
    ...factsOfPrompt(promptUsed),
    ...(isOpen && { promptUsed }),
    ...(isOpen && revisedPrompt !== undefined && { revisedPrompt }),
    ...(seed !== undefined && { seed }),
    request: isOpen ? request : withoutWords(request),
    applied: { ...(isOpen ? applied : withoutWords(applied)) },
    warnings: warnings.map(({ message }) => message),
    cost: shareOf(cost, generation.images.length),
    timing,
    ...(usage && { usage: { ...usage } }),
    ...(requestId !== undefined && { requestId }),
    ...(job && { job: { provider: job.provider, id: job.id } }),
    index,
    parents: [...parents],
    tags: [],
    library,
  };
}

/** The pictures of one call share its price. */
function shareOf({ usd, ...cost }: ImageGeneration['cost'], pictures: number): Sidecar['cost'] {
  return usd === undefined ? cost : { ...cost, usd: Math.round((usd / pictures) * 1e6) / 1e6 };
}
