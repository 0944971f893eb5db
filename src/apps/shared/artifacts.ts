/** Pictures of the store, named as people name them: by the beginning of an id. */
import { existsSync } from 'node:fs';
import type { ArtifactSummary, Store } from '../../store/index.ts';
import { shorten } from '../cli/output/table.ts';
import { UsageError } from '../cli/usage-error.ts';
import type { AppContext } from './open-app.ts';

/** Fewer are soon those of another picture. */
const LEAST_LETTERS = 4;
/** How many that begin alike are named. */
const MOST_NAMED = 5;

/** What is shown of an id: enough to name it again. */
export const shortId = (id: string): string => id.slice(0, 8);

/** For commands that only look: a directory that is misspelt is not made. @throws UsageError */
export function storeToLookAt({ needStore, hasOwnPlace }: AppContext): Store {
  const store = needStore();
  if (!hasOwnPlace || existsSync(store.directory)) return store;
  throw new UsageError(`there is no store at ${store.directory}`, 'Name the directory of one with --store.');
}

/** @param start of an id, or all of it @throws UsageError when no picture, or more than one, is meant */
export async function findArtifact(store: Store, start: string): Promise<ArtifactSummary> {
  const shown = JSON.stringify(start.slice(0, 64));
  if (start.length < LEAST_LETTERS) {
    throw new UsageError(
      `${shown} is too short for an id`,
      `Give ${LEAST_LETTERS} characters or more; imagen history search shows ids.`,
    );
  }
  const found = await store.search({ id: start, limit: MOST_NAMED + 1 });
  const exact = found.find(({ id }) => id === start);
  const [only, another] = found;
  if (exact ?? (another === undefined && only)) return exact ?? only!;
  if (only === undefined) {
    throw new UsageError(`there is no picture ${shown} in the store`, 'imagen history search lists what there is.');
  }
  const named = found.slice(0, MOST_NAMED).map(({ id, prompt }) => `${id} (${shorten(prompt, 30)})`);
  const more = found.length > MOST_NAMED ? ', …' : '';
  throw new UsageError(`${shown} begins the ids of several pictures`, `Give more of it: ${named.join(', ')}${more}`);
}

/** Each once, in their order. All are found, or nothing is done. @throws UsageError */
export async function findArtifacts(store: Store, starts: readonly string[]): Promise<readonly ArtifactSummary[]> {
  const found: ArtifactSummary[] = [];
  for (const start of starts) found.push(await findArtifact(store, start));
  return found.filter(({ id }, at) => found.findIndex((each) => each.id === id) === at);
}
