/** Finds images in the store by their id, or by the beginning of it. */
import { existsSync } from 'node:fs';
import type { ArtifactSummary, Store } from '../../store/index.ts';
import { AppError } from './app-error.ts';
import type { AppContext } from './open-app.ts';
import { shorten } from './shorten.ts';

/** A shorter prefix would soon match several images. */
const MIN_ID_LENGTH = 4;
/** How many candidates an ambiguous prefix lists. */
const MAX_LISTED = 5;

/** Returns the part of an id that lists show. It is long enough to find the image again. */
export const shortId = (id: string): string => id.slice(0, 8);

/**
 * Returns the store for commands that only read it. A misspelt directory is refused, not created. With a database, a machine that has
 * stored nothing yet has no directory. @throws AppError
 */
export function requireExistingStore({ requireStore, hasChosenDirectory, config }: AppContext): Store {
  const store = requireStore();
  const hasDatabase = config.store.databaseUrlEnv !== undefined;
  if (!hasChosenDirectory || hasDatabase || existsSync(store.directory)) return store;
  throw new AppError('store_not_found', `there is no store at ${store.directory}`, {
    hint: 'Give the directory of an existing store.',
  });
}

/** @param prefix an id, or its first characters @throws AppError when no image or several images match */
export async function findArtifact(store: Store, prefix: string): Promise<ArtifactSummary> {
  const shown = JSON.stringify(prefix.slice(0, 64));
  if (prefix.length < MIN_ID_LENGTH) {
    const hint = `Give at least ${MIN_ID_LENGTH} characters of the id.`;
    throw new AppError('id_too_short', `the id ${shown} is too short`, { hint });
  }
  const found = await store.search({ id: prefix, limit: MAX_LISTED + 1 });
  const exact = found.find(({ id }) => id === prefix);
  if (exact) return exact;
  const [only, another] = found;
  if (only === undefined) {
    throw new AppError('image_not_found', `no image with the id ${shown} is in the store`, {
      hint: 'Search the store for its id.',
    });
  }
  if (another === undefined) return only;
  const candidates = found.slice(0, MAX_LISTED).map(({ id, prompt }) => `${id} (${shorten(prompt, 30)})`);
  const more = found.length > MAX_LISTED ? ', …' : '';
  throw new AppError('id_ambiguous', `several images have an id that begins with ${shown}`, {
    hint: `Give more characters: ${candidates.join(', ')}${more}`,
  });
}

/** Returns each image once, in the order of the ids. @throws AppError for the first id that matches no image or several */
export async function findArtifacts(store: Store, prefixes: readonly string[]): Promise<readonly ArtifactSummary[]> {
  const found: ArtifactSummary[] = [];
  for (const prefix of prefixes) found.push(await findArtifact(store, prefix));
  return found.filter(({ id }, at) => found.findIndex((each) => each.id === id) === at);
}
