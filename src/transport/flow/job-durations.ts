/** Measures how long jobs of one kind take, so that later jobs are not polled too early. */

/** Beyond this number the least recently recorded kind is dropped. */
const MAX_KINDS = 256;
/** A shorter duration counts more than a longer one: one slow job must not delay the polls of the next ones. */
const SHORTER_WEIGHT = 0.5;
const LONGER_WEIGHT = 0.1;

export interface JobDurations {
  /** In milliseconds; `undefined` until a job of this kind was measured. */
  readonly typicalMs: (kind: string) => number | undefined;
  readonly record: (kind: string, durationMs: number) => void;
}

export function createJobDurations(): JobDurations {
  const typical = new Map<string, number>();
  return {
    typicalMs: (kind) => typical.get(kind),
    record(kind, durationMs) {
      const known = typical.get(kind) ?? durationMs;
      const weight = durationMs < known ? SHORTER_WEIGHT : LONGER_WEIGHT;
      typical.delete(kind);
      typical.set(kind, known + (durationMs - known) * weight);
      for (const oldest of typical.keys()) {
        if (typical.size <= MAX_KINDS) break;
        typical.delete(oldest);
      }
    },
  };
}
