/** Images that were paid for and that the store could not take: the host gets them, and a repeated request finds them in memory. */
import type { ManagedGeneration } from '../../../index.ts';
import type { ImageServerSettings } from '../settings.ts';
import type { RunEntry } from './run-entry.ts';

export interface UnstoredImages {
  /** Keeps the result with its call if the store has not all of its images. */
  readonly keep: (entry: RunEntry, generation: ManagedGeneration) => Promise<void>;
}

/** Images are large. Those of earlier calls are only where the host has saved them, or in the store's quarantine. */
const MAX_KEPT_CALLS = 32;

export function createUnstoredImages({
  onUnstored,
  onError,
}: {
  readonly onUnstored?: ImageServerSettings['onUnstored'];
  readonly onError: (error: unknown) => void;
}): UnstoredImages {
  const kept: RunEntry[] = [];
  return {
    async keep(entry, generation) {
      const stored = new Set(generation.saved.map(({ id }) => id));
      const images = generation.images.filter(({ id }) => !stored.has(id));
      if (images.length === 0) return;
      entry.unstored = generation;
      kept.push(entry);
      const oldest = kept.length > MAX_KEPT_CALLS ? kept.shift() : undefined;
      if (oldest) oldest.unstored = undefined;
      if (generation.job !== undefined) return;
      try {
        await onUnstored?.(images, { id: entry.id, token: entry.token });
      } catch (error) {
        onError(error);
      }
    },
  };
}
