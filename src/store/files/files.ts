/** File operations of the store, built on a few system calls that tests can replace, watch and interrupt. */
import { constants } from 'node:fs';
import * as platform from 'node:fs/promises';
import { dirname } from 'node:path';

/** The system calls that the store uses. */
export type FileOperations = Pick<
  typeof platform,
  | 'open'
  | 'link'
  | 'rename'
  | 'unlink'
  | 'mkdir'
  | 'readdir'
  | 'readFile'
  | 'lstat'
  | 'copyFile'
  | 'access'
  | 'realpath'
>;

export const FILES: FileOperations = platform;

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

/** Adds retries to calls that open files. With too many open files, an image must not be lost: other operations close theirs soon. */
export function retryingFiles(files: FileOperations): FileOperations {
  const retrying = <Args extends unknown[], T>(work: (...args: Args) => Promise<T>) => {
    return (...args: Args) => withRetries(['EMFILE', 'ENFILE'], () => work(...args));
  };
  return {
    ...files,
    open: retrying(files.open),
    copyFile: retrying(files.copyFile),
    // Both are overloaded, and a wrapper typed with one overload would lose the others.
    readdir: retrying(files.readdir as never) as typeof files.readdir,
    readFile: retrying(files.readFile as never) as typeof files.readFile,
  };
}

/**
 * Writes a new file completely, or leaves none. A file that cannot be synced stays: its bytes are written, and only a power failure could
 * lose them. Yarn PnP and Node's permission model have no fsync at all.
 * @returns why the file is not synced to disk; `undefined` when it is
 * @throws NodeJS.ErrnoException `EEXIST`
 */
export async function writeSynced(
  { open, unlink }: FileOperations,
  path: string,
  bytes: Uint8Array,
  mode: number,
): Promise<Error | undefined> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(bytes);
    const unsynced = await syncHandle(file);
    // A synced file is on disk, whatever `close` reports. Network file systems report a full disk only on `close`.
    await file.close().catch((error: unknown) => {
      if (unsynced) throw error;
    });
    return unsynced;
  } catch (error) {
    await file.close().catch(() => undefined); // the first error is the one to report
    await unlink(path).catch(() => undefined); // an incomplete file must not stay
    throw error;
  }
}

/** @returns why the handle could not be synced. Some file systems cannot sync, and some platforms throw instead of rejecting */
export async function syncHandle(handle: Pick<platform.FileHandle, 'sync'>): Promise<Error | undefined> {
  try {
    await handle.sync();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Checks whether the disk itself failed. Then the new file must not replace a good one. */
export const isDiskFailure = (unsynced: Error | undefined): unsynced is Error =>
  ['EIO', 'ENOSPC', 'EDQUOT'].includes(codeOf(unsynced) ?? '');

/**
 * Gives a file a second name when that name is free; never overwrites. Where hard links fail, for whatever reason, the file is copied: file
 * systems without links report this with different codes (exFAT: `EPERM` on Linux, `EISDIR` on Windows; others `ENOTSUP`, `ENOSYS`, `EACCES`).
 * @throws NodeJS.ErrnoException `EEXIST`
 */
export async function linkOrCopy(files: FileOperations, from: string, to: string): Promise<void> {
  try {
    await withRetries(['EBUSY'], () => files.link(from, to));
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw error;
    await copyNew(files, from, to);
  }
}

/** Copies to a free name. Deletes an incomplete copy. */
async function copyNew(files: FileOperations, from: string, to: string): Promise<void> {
  try {
    await files.copyFile(from, to, constants.COPYFILE_EXCL);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') await files.unlink(to).catch(() => undefined);
    throw error;
  }
  await syncPath(files, to, 'r+');
}

/** Renames a file atomically, replacing an existing one. */
export async function replace(files: FileOperations, from: string, to: string): Promise<void> {
  await withRetries(BUSY_CODES, () => files.rename(from, to));
}

/** Deletes a file. Does nothing when it does not exist. */
export async function remove({ unlink }: FileOperations, path: string): Promise<void> {
  await withRetries(BUSY_CODES, () => unlink(path)).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}

/** For `catch`: ignores that the target exists already. */
export function ignoreExisting(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error;
}

/** @returns `undefined` when the file does not exist */
export async function readIfExists({ readFile }: FileOperations, path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** @throws NodeJS.ErrnoException other than `ENOENT` */
export async function exists({ lstat }: FileOperations, path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Creates an empty file that only this user can read. Does not open an existing file: closing it would release the locks of a database. */
export async function createPrivateFile({ open }: FileOperations, path: string): Promise<void> {
  try {
    const file = await open(path, 'wx', 0o600);
    await file.close();
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

const RETRY_DELAYS_MS = [10, 40, 160, 640];
/** Errors on Windows while a virus scanner has the file open. */
const BUSY_CODES = ['EBUSY', 'EPERM', 'EACCES'];

/** Retries a few times on these error codes. */
async function withRetries<T>(codes: readonly string[], work: () => Promise<T>): Promise<T> {
  for (const waitMs of RETRY_DELAYS_MS) {
    try {
      return await work();
    } catch (error) {
      if (!codes.includes(codeOf(error) ?? '')) throw error;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
  return work();
}

/** Syncs a directory, so that the names in it survive a power failure. */
export const syncDirectory = (files: FileOperations, path: string): Promise<void> => syncPath(files, path, 'r');

/**
 * Never throws: Windows cannot open directories, and some file systems cannot sync them. The file itself is complete, so reporting it as not
 * saved would be wrong.
 */
async function syncPath({ open }: FileOperations, path: string, flags: string): Promise<void> {
  const handle = await open(path, flags).catch(() => undefined);
  if (handle === undefined) return;
  await syncHandle(handle);
  await handle.close().catch(() => undefined); // nothing was written through it
}

/**
 * Creates a directory and its parents, syncing each before the next.
 * Does not use `mkdir` with `recursive`: in Node it loops forever on a directory that reports itself as missing (`/proc/x`).
 * @param mode of the created directories
 */
export async function createDirectory(files: FileOperations, path: string, mode = 0o700): Promise<void> {
  try {
    await createSingleDirectory(files, path, mode);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await createDirectory(files, dirname(path), mode);
    await createSingleDirectory(files, path, mode);
  }
}

/** An existing directory is reported with different codes: `EPERM` for the root of a drive on Windows, `EISDIR` for `/` on macOS. */
async function createSingleDirectory(files: FileOperations, path: string, mode: number): Promise<void> {
  try {
    await files.mkdir(path, mode);
  } catch (error) {
    if (await isDirectory(files, path)) return;
    throw error;
  }
  await syncDirectory(files, dirname(path));
}

/** Follows links. */
async function isDirectory({ realpath, lstat }: FileOperations, path: string): Promise<boolean> {
  try {
    return (await lstat(await realpath(path))).isDirectory();
  } catch {
    return false; // the error of `mkdir` is reported instead
  }
}
