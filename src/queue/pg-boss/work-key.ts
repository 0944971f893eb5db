/** pg-boss names jobs by UUIDs. Call ids may be other texts. */
import { createHash } from 'node:crypto';

/** A UUID in the form that PostgreSQL prints, except version 8, which `toWorkKey` makes itself. */
const OWN_KEY = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-79a-f][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Returns the UUID of the job: the id itself if it is a UUID, else a UUID of version 8 made from its SHA-256. Two ids never share a UUID,
 * not even when a caller chooses them for it, because ids that look like version 8 are hashed too. The job keeps the id in its data.
 */
export function toWorkKey(id: string): string {
  if (OWN_KEY.test(id)) return id;
  const hash = createHash('sha256').update(id).digest('hex');
  const variant = ((Number.parseInt(hash.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `${variant}${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}
