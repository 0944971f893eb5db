/** How long jobs of one kind take, learned while they are followed, so that later ones are not asked about in vain. */

/** More kinds than any server has models. The oldest is forgotten. */
const MAX_KINDS = 256;
/** A short job counts at once, a long one little by little: one slow job must not make the next ones wait. */
const SHORTER_WEIGHT = 0.5;
const LONGER_WEIGHT = 0.1;

export interface JobDurations {
  /** Milliseconds, once a job of this kind was seen to its end. */
  readonly usualMs: (kind: string) => number | undefined;
  readonly learn: (kind: string, durationMs: number) => void;
}

export function createJobDurations(): JobDurations {
  const usual = new Map<string, number>();
  return {
    usualMs: (kind) => usual.get(kind),
    learn(kind, durationMs) {
      const known = usual.get(kind) ?? durationMs;
      const weight = durationMs < known ? SHORTER_WEIGHT : LONGER_WEIGHT;
      usual.delete(kind);
      usual.set(kind, known + (durationMs - known) * weight);
      for (const oldest of usual.keys()) {
        if (usual.size <= MAX_KINDS) break;
        usual.delete(oldest);
      }
    },
  };
}
