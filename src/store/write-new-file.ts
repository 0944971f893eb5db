/** The one way a file comes into being: whole or not at all, and never over another one. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Writes to a temporary file beside the target, syncs it, and gives it its name only if nobody has that name.
 * @throws NodeJS.ErrnoException `EEXIST` when the name is taken (also by a link, which is not followed); `ENOENT`, `EACCES`, `EROFS`, `ENOSPC`
 */
export async function writeNewFile(path: string, bytes: Uint8Array): Promise<void> {
  const directory = dirname(path);
  // Of our own making alone: with the target's name in it, a name of full length would grow too long.
  const temporary = join(directory, `.ai-image-${randomBytes(8).toString('hex')}.tmp`);
  const file = await open(temporary, 'wx');
  try {
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await giveName(temporary, path);
  } finally {
    await unlink(temporary);
  }
  await syncDirectory(directory);
}

/** A hard link is the only rename that refuses to replace. Some file systems have none: there a copy must do. */
async function giveName(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EMLINK' && code !== 'ENOSYS') throw error;
    await copyNew(temporary, path);
  }
}

/** Half a copy is worse than none: nobody else can have been given this name meanwhile. */
async function copyNew(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') await unlink(to).catch(() => undefined);
    throw error;
  }
}

/** So that the name survives a power failure too. */
async function syncDirectory(directory: string): Promise<void> {
  try {
    const handle = await open(directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Windows opens no directories, some file systems do not sync them, and one may write to a directory without reading it.
    // The file is there and whole: to report it as not saved would be wrong.
  }
}
