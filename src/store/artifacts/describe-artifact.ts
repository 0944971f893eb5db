/** Makes the sidecar of a generated image. */
import type { GeneratedImage, ImageGeneration } from '../../providers/protocol/index.ts';
import { sha256InParts } from '../files/sha256.ts';
import type { ArtifactContext } from '../interfaces/manager-store.ts';
import type { MarkedImage } from './embed-mark.ts';
import { hashPrompt, withoutPromptFields } from './prompt-placeholder.ts';
import { SIDECAR_VERSION, type Sidecar } from './sidecar.ts';

export interface DescribeSettings {
  readonly prompts: 'text' | 'hash';
  readonly library: string;
  readonly createdAt: string;
}

/**
 * @param index the position of the image in its call, from 0
 * @returns the sidecar without the name of the file, which is chosen when the file is written
 */
export async function describeArtifact(
  image: GeneratedImage,
  index: number,
  generation: ImageGeneration,
  { provider, request, applied, parents, call }: ArtifactContext,
  { bytes, mark }: MarkedImage,
  { prompts, library, createdAt }: DescribeSettings,
): Promise<Omit<Sidecar, 'file'>> {
  const { id, format, mediaType, width, height, imageBytes, promptUsed, revisedPrompt, seed, trailingBytes } = image;
  const { job, requestId, usage, cost, timing, warnings } = generation;
  const hash = await sha256InParts(bytes);
  const receivedHash = bytes === imageBytes ? hash : await sha256InParts(imageBytes);
  const showsPrompts = prompts === 'text';
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
    sha256: hash,
    receivedSha256: receivedHash,
    mark,
    provider,
    model: image.model,
    ...hashPrompt(promptUsed),
    ...(showsPrompts && { promptUsed }),
    ...(showsPrompts && revisedPrompt !== undefined && { revisedPrompt }),
    ...(seed !== undefined && { seed }),
    request: showsPrompts ? request : withoutPromptFields(request),
    applied: { ...(showsPrompts ? applied : withoutPromptFields(applied)) },
    warnings: warnings.map(({ message }) => message),
    cost: shareOf(cost, generation.images.length),
    timing,
    ...(usage && { usage: { ...usage } }),
    ...(requestId !== undefined && { requestId }),
    ...(job && { job: { provider: job.provider, id: job.id } }),
    ...(call !== undefined && { call }),
    index,
    parents: [...parents],
    tags: [],
    library,
  };
}

/** Divides the cost of a call among its images. */
function shareOf({ usd, ...cost }: ImageGeneration['cost'], images: number): Sidecar['cost'] {
  return usd === undefined ? cost : { ...cost, usd: Math.round((usd / images) * 1e6) / 1e6 };
}
