/** The one way a file comes into being outside a store: whole or not at all, and never over another one. */
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { FILES, giveName, remove, syncDirectory, writeSynced } from './files.ts';

/**
 * Writes to a temporary file beside the target, syncs it, and gives it its name only if nobody has that name.
 * @throws NodeJS.ErrnoException `EEXIST` when the name is taken (also by a link, which is not followed); `ENOENT`, `EACCES`, `EROFS`, `ENOSPC`
 */
export async function writeNewFile(path: string, bytes: Uint8Array): Promise<void> {
  const directory = dirname(path);
  // Of our own making alone: with the target's name in it, a name of full length would grow too long.
  const temporary = join(directory, `.ai-image-${randomBytes(8).toString('hex')}.tmp`);
  await writeSynced(FILES, temporary, bytes, 0o666);
  try {
    await giveName(FILES, temporary, path);
  } finally {
    await remove(FILES, temporary);
  }
  await syncDirectory(FILES, directory);
}
