/** Adds a mark to an image that says it was made by AI. */

import {
  type MarkResult,
  markImage,
  type ProvenanceFacts,
  type SigningCredential,
  signImage,
} from '../../provenance/index.ts';
import type { GeneratedImage } from '../../providers/protocol/index.ts';
import type { ArtifactContext } from '../interfaces/manager-store.ts';
import { hashPrompt } from './prompt-placeholder.ts';
import type { Sidecar } from './sidecar.ts';

export const MARKS = ['image', 'sidecar', 'none'] as const;

export interface MarkSettings {
  /**
   * Where to record that the image was made by AI. `image`: in the metadata of the file, without changing pixels; a file with a manifest of
   * its vendor gets no mark, only its sidecar has it. `sidecar`: in the sidecar only. `none`: nowhere. The last two save the bytes unchanged.
   * @default 'image'
   */
  readonly marks?: (typeof MARKS)[number] | undefined;
  /** Also writes the prompt into the mark, where everyone who has the file can read it. @default false */
  readonly marksPrompt?: boolean | undefined;
  /** Signs PNG and JPEG files with a C2PA manifest. Needs the package `@trustnxt/c2pa-ts`. */
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
    promptHash: hashPrompt(promptUsed).promptHash.slice(0, 16),
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
