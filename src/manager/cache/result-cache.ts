/** Contract S3: within a session, an identical request with a seed returns the earlier result. */
import type { EditRequest, ImageGeneration, ImageRequest } from '../../providers/protocol/index.ts';
import type { ResultCache, StoredGeneration } from '../../store/interfaces.ts';

/** With a seed, the same request gives the same image. */
export const isCacheable = ({ seed }: ImageRequest | EditRequest): boolean => seed !== undefined;

/** Only complete results are cached: no image was refused or is missing. */
export const isComplete = ({ failures }: ImageGeneration): boolean => failures.length === 0;

/** Keeps the latest results of one session in memory. @param maxResults the oldest beyond it are dropped */
export function createResultCache(maxResults = 32): ResultCache {
  const results = new Map<string, StoredGeneration>();
  return {
    get: async (key) => results.get(key),
    async put(key, generation) {
      results.delete(key);
      results.set(key, generation);
      const oldest = results.keys().next();
      if (results.size > maxResults && !oldest.done) results.delete(oldest.value);
    },
  };
}

/** Reads a cached result. A cache that cannot be read counts as empty. */
export async function readCached(cache: ResultCache | undefined, key: string): Promise<StoredGeneration | undefined> {
  return cache?.get(key).catch(() => undefined);
}

/** Caches a result. A full or broken cache must not lose the image, so errors are ignored. */
export async function writeCached(
  cache: ResultCache | undefined,
  key: string,
  generation: StoredGeneration,
): Promise<void> {
  await cache?.put(key, generation).catch(() => undefined);
}
