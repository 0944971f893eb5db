/** Writes a file outside a store: completely or not at all, and never over an existing one. */
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { FILES, type FileOperations, linkOrCopy, remove, retryingFiles, syncDirectory, writeSynced } from './files.ts';

const RETRYING_FILES = retryingFiles(FILES);

/**
 * Writes a temporary file beside the target, syncs it, and gives it the target's name when that is free.
 * @returns why the file is not synced to disk; `undefined` when it is. The file is complete in either case
 * @throws NodeJS.ErrnoException `EEXIST` when the name is taken (also by a link, which is not followed); `ENOENT`, `EACCES`, `EROFS`, `ENOSPC`
 */
export async function writeNewFile(
  path: string,
  bytes: Uint8Array,
  files: FileOperations = RETRYING_FILES,
): Promise<Error | undefined> {
  const directory = dirname(path);
  // Without the target's name, which may already have the maximum length.
  const temporary = join(directory, `.ai-image-${randomBytes(8).toString('hex')}.tmp`);
  const unsynced = await writeSynced(files, temporary, bytes, 0o666);
  try {
    await linkOrCopy(files, temporary, path);
  } finally {
    // A temporary file that cannot be deleted does no harm.
    await remove(files, temporary).catch(() => undefined);
  }
  await syncDirectory(files, directory);
  return unsynced;
}
