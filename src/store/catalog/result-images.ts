/** Which images each cached result contains, so that deleting an image finds its results without reading all of them. */
import { readText, type Sql } from '../sql/sql.ts';

/** Results that are linked in one transaction. Other processes wait to write during each of them. */
const BATCH_SIZE = 200;
/** Ids of saved images are not longer, so a longer one is not the id of a saved image. */
const MAX_ID_LENGTH = 64;

/** Records which images the result stored under the key contains. Call it in the transaction that stores the result. */
export async function linkResult(sql: Sql, key: string, images: Iterable<string>): Promise<void> {
  await sql.run('DELETE FROM result_images WHERE key = ?', key);
  for (const id of new Set(images)) {
    if (id.length > MAX_ID_LENGTH) continue;
    await sql.run('INSERT INTO result_images (artifact, key) VALUES (?, ?)', id, key);
  }
}

/**
 * Links results that an earlier version stored. One that cannot be read is deleted: it cannot be restored, and it may contain a prompt.
 * @returns whether there are more
 */
export async function linkOldResults(sql: Sql): Promise<boolean> {
  const rows = await sql.all(`SELECT key, result FROM results WHERE linked IS NULL LIMIT ${BATCH_SIZE}`);
  for (const row of rows) {
    const key = readText(row, 'key');
    const images = imagesOf(readText(row, 'result'));
    if (images.length === 0) await sql.run('DELETE FROM results WHERE key = ?', key);
    else {
      await linkResult(sql, key, images);
      await sql.run('UPDATE results SET linked = 1 WHERE key = ?', key);
    }
  }
  return rows.length === BATCH_SIZE;
}

/** Deletes the results that contain the image. They cannot be restored without it, and they contain its prompt. */
export async function deleteResultsOf(sql: Sql, image: string): Promise<void> {
  let hasMore = true;
  while (hasMore) hasMore = await linkOldResults(sql);
  const keys = 'SELECT key FROM result_images WHERE artifact = ?';
  await sql.run(`DELETE FROM results WHERE key IN (${keys})`, image);
  await sql.run(`DELETE FROM result_images WHERE key IN (${keys})`, image);
}

/** Returns the ids of all images in a stored result; none when it is damaged. */
function imagesOf(result: string): readonly string[] {
  try {
    const { images, saved, kept } = JSON.parse(result) as Readonly<Record<string, unknown>>; // `null` throws
    return [images, saved, kept].flatMap((list) => (Array.isArray(list) ? list.flatMap(idOf) : []));
  } catch {
    return [];
  }
}

function idOf(image: unknown): readonly string[] {
  const id = typeof image === 'object' && image !== null && 'id' in image ? image.id : undefined;
  return typeof id === 'string' ? [id] : [];
}
