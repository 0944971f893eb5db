/** The facts about the origin of an image that its metadata can hold. */

/**
 * The two terms of the IPTC vocabulary for images made by a trained model: entirely, or in part.
 * Source: IPTC NewsCodes, "Digital Source Type".
 */
export const AI_SOURCES = ['trainedAlgorithmicMedia', 'compositeWithTrainedAlgorithmicMedia'] as const;
export type AiSource = (typeof AI_SOURCES)[number];

/** The base address of the terms: an address of a term is this and its name. */
export const SOURCE_TYPE_BASE = 'http://cv.iptc.org/newscodes/digitalsourcetype/';

/** The facts that are written into an image. */
export interface ProvenanceFacts {
  /** Generated from a prompt, or made from another image with a model. */
  readonly digitalSource: AiSource;
  /** The id of the provider, e.g. `openai`. */
  readonly provider: string;
  /** The vendor's model id. */
  readonly model: string;
  /** Identifies the prompt without showing it, for example the beginning of its SHA-256 in hex. */
  readonly promptHash: string;
  /** The prompt itself. Everyone who has the file can read it, so pass it only when the user asked for it. */
  readonly prompt?: string | undefined;
  /** Name and version, e.g. `@org/ai-image 1.0.0`. */
  readonly software: string;
  /** ISO 8601, e.g. `2026-01-31T12:00:00Z`. */
  readonly createdAt: string;
}

/** The facts that were read from an image. They are a claim: anyone can write anything into a file. */
export interface Mark {
  /** Whether it says that this library wrote it. */
  readonly isOurs: boolean;
  /** Whether the digital source type is one of `AI_SOURCES`. */
  readonly isMadeByAi: boolean;
  /** The name of the IPTC term, for example `trainedAlgorithmicMedia`; any other text as it is. */
  readonly digitalSource?: string;
  /** The provider that made the image. */
  readonly provider?: string;
  /** The model that made the image. */
  readonly model?: string;
  /** IPTC "AI System Used", which other tools write instead of provider and model. */
  readonly system?: string;
  /** SHA-256 of the prompt, in hex. */
  readonly promptHash?: string;
  /** The prompt, if it was written into the file. */
  readonly prompt?: string;
  /** The software that wrote the mark. */
  readonly software?: string;
  /** When the image was made. ISO 8601. */
  readonly createdAt?: string;
  /** IPTC "Credit Line": whom to name as the source. */
  readonly credit?: string;
}

export function isAiSource(term: string): term is AiSource {
  return (AI_SOURCES as readonly string[]).includes(term);
}
