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

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** Others close theirs in a moment: too many open files is no reason to lose a picture. */
export function patientFiles(files: FileOperations): FileOperations {
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

/** Whole and on the disk, or an error. @throws NodeJS.ErrnoException `EEXIST` */
export async function writeSynced(
  { open, unlink }: FileOperations,
  path: string,
  bytes: Uint8Array,
  mode: number,
): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    await file.close().catch(() => undefined); // the first error says why
    await unlink(path).catch(() => undefined); // half of it is worth nothing
    throw error;
  }
  await file.close();
}

/** Gives a file a second name, only if nobody has that name. Some file systems have no links: there a copy must do. @throws `EEXIST` */
export async function giveName(files: FileOperations, from: string, to: string): Promise<void> {
  try {
    await patiently(['EBUSY'], () => files.link(from, to));
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EMLINK', 'ENOSYS', 'EXDEV'].includes(codeOf(error) ?? '')) throw error;
    await copyNew(files, from, to);
  }
}

/** Half a copy is worse than none: nobody else can have been given this name meanwhile. */
async function copyNew({ copyFile, unlink, open }: FileOperations, from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL);
    const file = await open(to, 'r+');
    await file.sync().finally(() => file.close());
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') await unlink(to).catch(() => undefined);
    throw error;
  }
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
export async function syncDirectory({ open }: FileOperations, path: string): Promise<void> {
  try {
    const handle = await open(path, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows opens no directories, some file systems do not sync them. The file is there and whole: to report it as not saved would be wrong.
  }
}

/**
 * Makes a directory and those above it, each on the disk before the next.
 * Not `mkdir` with `recursive`: that of Node tries for ever where a directory says that it is not there (`/proc/x`).
 */
export async function makeDirectory(files: FileOperations, path: string): Promise<void> {
  try {
    await makeOne(files, path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeDirectory(files, dirname(path));
    await makeOne(files, path);
  }
}

async function makeOne(files: FileOperations, path: string): Promise<void> {
  try {
    await files.mkdir(path, 0o700);
    await syncDirectory(files, dirname(path));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}
