/**
 * A process that was stopped for longer than its lease goes on with calls that another process has taken over. It may keep what it received,
 * but must not store a second copy of it.
 */
import { type Database, readText } from '../sql/sql.ts';
import type { Lease } from './lease.ts';

/** @param ids of calls that this process held. Those that no other process works on are its own again. @returns whether another one works on a call, or ended it */
export async function isTakenOver(
  db: Database,
  ids: readonly string[],
  { owner: thisStore, isAlive }: { readonly owner: string; readonly isAlive: Lease['isAlive'] },
): Promise<boolean> {
  for (const id of ids) {
    const [row] = await db.all('SELECT owner, state FROM calls WHERE id = ?', id);
    const owner = row && readText(row, 'owner');
    if (row === undefined || owner === undefined || owner === thisStore) continue;
    if (row.state === 'done' || (await isAlive(owner))) return true;
    const isOurs = await db.run('UPDATE calls SET owner = ? WHERE id = ? AND owner = ?', thisStore, id, owner);
    if (isOurs === 0) return true;
  }
  return false;
}
