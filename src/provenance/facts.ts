/** What a picture says about where it came from. */

/**
 * The two terms of the IPTC vocabulary that say "made by a trained model": wholly, or in part.
 * Source: IPTC NewsCodes, "Digital Source Type".
 */
export const AI_SOURCES = ['trainedAlgorithmicMedia', 'compositeWithTrainedAlgorithmicMedia'] as const;
export type AiSource = (typeof AI_SOURCES)[number];

/** Where the terms of the vocabulary live; a term is this and its name. */
export const SOURCE_TYPE_BASE = 'http://cv.iptc.org/newscodes/digitalsourcetype/';

/** What is written into a picture. */
export interface ProvenanceFacts {
  /** Drawn by a model from nothing but words, or made from a picture with a model's help. */
  readonly digitalSource: AiSource;
  /** The id of the provider, e.g. `openai`. */
  readonly provider: string;
  /** The vendor's model id. */
  readonly model: string;
  /** Names the prompt without showing it, e.g. the start of its SHA-256 in hex. */
  readonly promptHash: string;
  /** The prompt itself. Whoever has the picture can read it: give it only when that was asked for. */
  readonly prompt?: string | undefined;
  /** Name and version, e.g. `@org/ai-image 1.0.0`. */
  readonly software: string;
  /** ISO 8601, e.g. `2026-01-31T12:00:00Z`. */
  readonly createdAt: string;
}

/** What was read back from a picture. A claim of whoever wrote it: anyone can write anything. */
export interface Mark {
  /** Whether this package wrote it, by its own account. */
  readonly isOurs: boolean;
  /** Whether the digital source type is one of `AI_SOURCES`. */
  readonly isMadeByAi: boolean;
  /** The name of the IPTC term, e.g. `trainedAlgorithmicMedia`; another text where it is no IPTC term. */
  readonly digitalSource?: string;
  readonly provider?: string;
  readonly model?: string;
  /** What other tools write in place of provider and model: IPTC "AI System Used". */
  readonly system?: string;
  readonly promptHash?: string;
  readonly prompt?: string;
  readonly software?: string;
  readonly createdAt?: string;
  readonly credit?: string;
}

export function isAiSource(term: string): term is AiSource {
  return (AI_SOURCES as readonly string[]).includes(term);
}
