/** The bytes that are kept: as they came, or with a mark that a model made them. */

import {
  type MarkResult,
  markImage,
  type ProvenanceFacts,
  type SigningCredential,
  signImage,
} from '../../provenance/index.ts';
import type { GeneratedImage } from '../../providers/protocol/index.ts';
import type { ArtifactContext } from '../interfaces.ts';
import { factsOfPrompt } from './prompt-mark.ts';
import type { Sidecar } from './sidecar.ts';

export const MARKS = ['image', 'sidecar', 'none'] as const;

export interface MarkSettings {
  /**
   * Where a picture says that a model made it. `image`: in the file itself, pixels untouched; with a manifest of the vendor in it, in the
   * sidecar alone. `none` keeps the very bytes that came and says nothing.
   * @default 'image'
   */
  readonly marks?: (typeof MARKS)[number] | undefined;
  /** Writes the prompt into the mark too, for everyone who has the picture. @default false */
  readonly marksPrompt?: boolean | undefined;
  /** Signs PNG and JPEG with a C2PA manifest. Needs `@trustnxt/c2pa-ts`. */
  readonly signing?: SigningCredential | undefined;
}

export interface MarkedImage {
  readonly bytes: Uint8Array;
  readonly mark: Sidecar['mark'];
}

export async function embedMark(
  { imageBytes, model, promptUsed }: GeneratedImage,
  { provider, applied }: ArtifactContext,
  { marks = 'image', marksPrompt = false, signing }: MarkSettings,
  { software, createdAt }: Pick<ProvenanceFacts, 'software' | 'createdAt'>,
): Promise<MarkedImage> {
  if (marks !== 'image') return { bytes: imageBytes, mark: { place: marks } };
  const facts: ProvenanceFacts = {
    digitalSource: applied.operation === undefined ? 'trainedAlgorithmicMedia' : 'compositeWithTrainedAlgorithmicMedia',
    provider,
    model,
    promptHash: factsOfPrompt(promptUsed).promptHash.slice(0, 16),
    ...(marksPrompt && { prompt: promptUsed }),
    software,
    createdAt,
  };
  if (signing === undefined) return toResult(markImage(imageBytes, facts));
  const { isSigned, ...marked } = await signImage(imageBytes, facts, signing);
  return toResult(marked, isSigned);
}

function toResult({ bytes, place, why }: MarkResult, isSigned?: boolean): MarkedImage {
  return { bytes, mark: { place, ...(why !== undefined && { why }), ...(isSigned !== undefined && { isSigned }) } };
}
