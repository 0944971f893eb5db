/** Removes work that ended long ago, in small portions beside the running work. */
import type { QueueEngine } from '../queue-engine.ts';

interface PruneSettings {
  readonly engine: Pick<QueueEngine, 'prune'>;
  readonly keepEndedMs: number;
  readonly everyMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Prunes now, and at every interval until `end`.
 * @returns `end` resolves when no portion is being removed
 */
export function pruneEnded({ engine, keepEndedMs, everyMs, now, onTrouble }: PruneSettings): {
  readonly end: () => Promise<void>;
} {
  let hasEnded = false;

  async function prune(): Promise<void> {
    try {
      while (!hasEnded && (await engine.prune(now() - keepEndedMs)) > 0);
    } catch (error) {
      onTrouble(error);
    }
  }

  let pruning = prune();
  const timer = setInterval(() => {
    pruning = pruning.then(prune);
  }, everyMs);
  return {
    end() {
      hasEnded = true;
      clearInterval(timer);
      return pruning;
    },
  };
}
