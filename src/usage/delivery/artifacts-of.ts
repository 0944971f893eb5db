/** Finds the stored images of a call. */
import type { Store } from '../../store/index.ts';
import { keyOf, type OutboxRow } from '../usage-record.ts';

/** A call makes a few images. */
const MAX_IMAGES = 1_000;

/**
 * Returns the ids of the images that a cost is for. A submit that has not ended yet has none on record; then the sidecars say which call
 * made them, and the records of its other submits, if they have ended, which of them are theirs.
 */
export async function artifactsOf(
  row: OutboxRow,
  { jobs, search }: Pick<Store, 'jobs' | 'search'>,
): Promise<readonly string[]> {
  if (row.content.call === undefined || row.content.basis === 'released') return [];
  const { id, call } = keyOf(row);
  const records = await jobs.findCall(call);
  const recorded = records.find((record) => record.id === id)?.artifacts;
  if (recorded !== undefined) return recorded;
  const others = records.filter((record) => record.id !== id);
  if (others.some(({ endedAt }) => endedAt === undefined)) return [];
  const ofOthers = new Set(others.flatMap(({ artifacts = [] }) => artifacts));
  const found = await search({ call, limit: MAX_IMAGES });
  return found.flatMap((each) => (ofOthers.has(each.id) ? [] : each.id)).reverse();
}
