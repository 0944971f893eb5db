/** What the store does with files, on top of a handful of operations that a test can watch, count and break off. */
import { constants } from 'node:fs';
import * as platform from 'node:fs/promises';
import { dirname } from 'node:path';

/** Everything the store asks of the file system. */
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

/** Others close theirs in a moment: too many open files is no reason to lose a picture. */
export function retryingFiles(files: FileOperations): FileOperations {
  const waits = <Args extends unknown[], T>(work: (...args: Args) => Promise<T>) => {
    return (...args: Args) => patiently(['EMFILE', 'ENFILE'], () => work(...args));
  };
  return {
    ...files,
    open: waits(files.open),
    copyFile: waits(files.copyFile),
    // Both have several shapes, of which a wrapper of one shape would lose the others.
    readdir: waits(files.readdir as never) as typeof files.readdir,
    readFile: waits(files.readFile as never) as typeof files.readFile,
  };
}

/**
 * Writes a new file, whole or not at all. A file that cannot be synced stays: its bytes are written, and only a power failure could lose
 * them. Yarn PnP and Node's permission model have no fsync at all.
 * @returns why it is not synced to the disk; `undefined`: it is
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
    // What is synced is on the disk, whatever closing says. Network file systems tell of a full disk only here.
    await file.close().catch((error: unknown) => {
      if (unsynced) throw error;
    });
    return unsynced;
  } catch (error) {
    await file.close().catch(() => undefined); // the first error says why
    await unlink(path).catch(() => undefined); // half of it is worth nothing
    throw error;
  }
}

/** @returns why it could not be synced. Some file systems cannot, and some platforms throw where others reject */
export async function syncHandle(handle: Pick<platform.FileHandle, 'sync'>): Promise<Error | undefined> {
  try {
    await handle.sync();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The disk itself failed: what replaces something good must not be trusted then. */
export const losesBytes = (unsynced: Error | undefined): unsynced is Error =>
  ['EIO', 'ENOSPC', 'EDQUOT'].includes(codeOf(unsynced) ?? '');

/**
 * Gives a file a second name, only if the name is free. Some file systems have no links, and each says so in its own words (exFAT: `EPERM`
 * on Linux, `EISDIR` on Windows; others `ENOTSUP`, `ENOSYS`, `EACCES`): whatever the reason, a copy is tried, which never overwrites either.
 * @throws NodeJS.ErrnoException `EEXIST`
 */
export async function giveName(files: FileOperations, from: string, to: string): Promise<void> {
  try {
    await patiently(['EBUSY'], () => files.link(from, to));
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw error;
    await copyNew(files, from, to);
  }
}

/** Half a copy is worse than none: the name was free, so it is taken away again. */
async function copyNew(files: FileOperations, from: string, to: string): Promise<void> {
  try {
    await files.copyFile(from, to, constants.COPYFILE_EXCL);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') await files.unlink(to).catch(() => undefined);
    throw error;
  }
  await syncPath(files, to, 'r+');
}

/** In the place of what is there, in one step. */
export async function replace(files: FileOperations, from: string, to: string): Promise<void> {
  await patiently(SCANNED, () => files.rename(from, to));
}

/** Gone is gone, whoever did it. */
export async function remove({ unlink }: FileOperations, path: string): Promise<void> {
  await patiently(SCANNED, () => unlink(path)).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}

/** For `catch`: what is there already is as good. */
export function ignoreExisting(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error;
}

/** @returns `undefined` where there is none */
export async function readOrNothing({ readFile }: FileOperations, path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** An empty file for this user alone, if there is none. One that is there is not opened: closing it would undo the locks that a database has on it. */
export async function makePrivate({ open }: FileOperations, path: string): Promise<void> {
  try {
    const file = await open(path, 'wx', 0o600);
    await file.close();
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

const PATIENCE = [10, 40, 160, 640];
/** What Windows says while a scanner looks at a file. */
const SCANNED = ['EBUSY', 'EPERM', 'EACCES'];

/** What passes is waited for, a few times. */
async function patiently<T>(passing: readonly string[], work: () => Promise<T>): Promise<T> {
  for (const waitMs of PATIENCE) {
    try {
      return await work();
    } catch (error) {
      if (!passing.includes(codeOf(error) ?? '')) throw error;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
  return work();
}

/** So that names survive a power failure too. */
export const syncDirectory = (files: FileOperations, path: string): Promise<void> => syncPath(files, path, 'r');

/** Windows opens no directories, some file systems do not sync them. The file is there and whole: to report it as not saved would be wrong. */
async function syncPath({ open }: FileOperations, path: string, flags: string): Promise<void> {
  const handle = await open(path, flags).catch(() => undefined);
  if (handle === undefined) return;
  await syncHandle(handle);
  await handle.close().catch(() => undefined); // nothing was written through it
}

/**
 * Makes a directory and those above it, each on the disk before the next.
 * Not `mkdir` with `recursive`: that of Node tries for ever where a directory says that it is not there (`/proc/x`).
 * @param mode of those that are made
 */
export async function makeDirectory(files: FileOperations, path: string, mode = 0o700): Promise<void> {
  try {
    await makeOne(files, path, mode);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeDirectory(files, dirname(path), mode);
    await makeOne(files, path, mode);
  }
}

/** A directory that exists is refused in several ways: Windows says `EPERM` of the root of a drive, macOS `EISDIR` of `/`. */
async function makeOne(files: FileOperations, path: string, mode: number): Promise<void> {
  try {
    await files.mkdir(path, mode);
  } catch (error) {
    if (await isDirectory(files, path)) return;
    throw error;
  }
  await syncDirectory(files, dirname(path));
}

/** Also through a link. */
async function isDirectory({ realpath, lstat }: FileOperations, path: string): Promise<boolean> {
  try {
    return (await lstat(await realpath(path))).isDirectory();
  } catch {
    return false; // the error of `mkdir` says why
  }
}
