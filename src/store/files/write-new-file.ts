/** The one way a file comes into being outside a store: whole or not at all, and never over another one. */
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { FILES, type FileOperations, giveName, remove, retryingFiles, syncDirectory, writeSynced } from './files.ts';

const PATIENT = retryingFiles(FILES);

/**
 * Writes to a temporary file beside the target, syncs it, and gives it its name only if the name is free.
 * @returns why it is not synced to the disk; `undefined`: it is. The file is there and whole in either case
 * @throws NodeJS.ErrnoException `EEXIST` when the name is taken (also by a link, which is not followed); `ENOENT`, `EACCES`, `EROFS`, `ENOSPC`
 */
export async function writeNewFile(
  path: string,
  bytes: Uint8Array,
  files: FileOperations = PATIENT,
): Promise<Error | undefined> {
  const directory = dirname(path);
  // Of our own making alone: with the target's name in it, a name of full length would grow too long.
  const temporary = join(directory, `.ai-image-${randomBytes(8).toString('hex')}.tmp`);
  const unsynced = await writeSynced(files, temporary, bytes, 0o666);
  try {
    await giveName(files, temporary, path);
  } finally {
    // Whether or not the name was given, a temporary file that stays does no harm.
    await remove(files, temporary).catch(() => undefined);
  }
  await syncDirectory(files, directory);
  return unsynced;
}
