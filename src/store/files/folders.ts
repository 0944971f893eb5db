/**
 * Opens folders below the store's root without following links. Another user with write access could replace a folder by a link between a
 * check and a write, and so redirect the write. Therefore the folders of a path are opened one after another, and files are reached through the open
 * handle. Where the platform has no paths through open handles, the path is checked before and after.
 */
import { constants, existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { AiImageError } from '../../providers/protocol/errors.ts';
import { codeOf, type FileOperations, syncDirectory, syncHandle } from './files.ts';
import { describeSystemError } from './system-error.ts';

export interface OpenFolder {
  /** Returns the path of a file in the folder. */
  readonly pathOf: (name: string) => string;
  /** Syncs the folder, so that the names in it survive a power failure. */
  readonly sync: () => Promise<void>;
  /** @throws AiImageError `storage_failed`: a folder of the path was replaced by a link */
  readonly check: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface Folders {
  /** @throws AiImageError `storage_failed`: a part of the path is not a folder; NodeJS.ErrnoException `ENOENT` */
  readonly open: (folder: readonly string[]) => Promise<OpenFolder>;
  /** Opens a folder; creates it and its parents when they do not exist. */
  readonly create: (folder: readonly string[]) => Promise<OpenFolder>;
}

/** Where Linux exposes the open handles of a process as paths. */
const HANDLES_FOLDER = '/proc/self/fd';

/** Node's permission model checks a path as it is written, not what it resolves to. */
const supportsHandles = (): boolean => process.permission === undefined && existsSync(HANDLES_FOLDER);

/** @param usesHandles whether files are reached through open handles */
export function createFolders(files: FileOperations, root: string, usesHandles = supportsHandles()): Folders {
  const open = usesHandles ? openThroughHandles : openByPath;
  return {
    open: async (folder) => open(files, root, requireSafe(folder), false),
    create: async (folder) => open(files, root, requireSafe(folder), true),
  };
}

/** The names come from this library, or from files that another user may have forged. */
function requireSafe(folder: readonly string[]): readonly string[] {
  const isName = (part: string) => part !== '' && part !== '.' && part !== '..' && !/[/\\\0]/.test(part);
  if (folder.every(isName)) return folder;
  throw new AiImageError(
    'storage_failed',
    `the index names ${JSON.stringify(folder.join('/'))}, a folder outside the store`,
    {
      charged: 'no',
      hint: 'Nothing was written. Rebuild the index with store.reindex().',
    },
  );
}

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY;

async function openThroughHandles(
  files: FileOperations,
  root: string,
  folder: readonly string[],
  isCreated: boolean,
): Promise<OpenFolder> {
  // The root itself may be a link: its owner chose it.
  let handle = await files.open(root, FOLDER);
  for (const [at, part] of folder.entries()) {
    try {
      const path = `${HANDLES_FOLDER}/${handle.fd}/${part}`;
      if (isCreated && (await createFolder(files, path))) await syncHandle(handle);
      const next = await files.open(path, FOLDER | constants.O_NOFOLLOW);
      await handle.close();
      handle = next;
    } catch (error) {
      await handle.close().catch(() => undefined); // the first error is the one to report
      throw toFolderError(error, join(root, ...folder.slice(0, at + 1)));
    }
  }
  return {
    pathOf: (name) => `${HANDLES_FOLDER}/${handle.fd}/${name}`,
    sync: async () => void (await syncHandle(handle)),
    check: async () => undefined,
    close: () => handle.close().catch(() => undefined), // nothing was written through it
  };
}

async function openByPath(
  files: FileOperations,
  root: string,
  folder: readonly string[],
  isCreated: boolean,
): Promise<OpenFolder> {
  const real = await files.realpath(root);
  let path = real;
  for (const part of folder) {
    const parent = path;
    path = join(path, part);
    if (isCreated && (await createFolder(files, path))) await syncDirectory(files, parent);
    if (!(await files.lstat(path)).isDirectory()) throw notAFolderError(path);
  }
  const before = await files.realpath(path);
  const check = async () => {
    const isInside = before === real || before.startsWith(real.endsWith(sep) ? real : real + sep);
    if (!isInside || (await files.realpath(path)) !== before) throw notAFolderError(path);
  };
  await check();
  return {
    pathOf: (name) => join(path, name),
    sync: () => syncDirectory(files, path),
    check,
    close: async () => undefined,
  };
}

/** @returns whether the folder is new */
async function createFolder({ mkdir }: FileOperations, path: string): Promise<boolean> {
  try {
    await mkdir(path, 0o700);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Checks that a folder is writable, or can be created, without following a link. Creates nothing.
 * @throws AiImageError `storage_failed`: a part of the path is a link or a file, or the deepest existing folder is not writable
 */
export async function checkWritable(
  files: FileOperations,
  { open }: Pick<Folders, 'open'>,
  root: string,
  folder: readonly string[],
): Promise<void> {
  for (let parts = folder.length; parts >= 0; parts--) {
    const path = join(root, ...folder.slice(0, parts));
    try {
      const opened = await open(folder.slice(0, parts));
      return await files.access(opened.pathOf('.'), constants.W_OK).finally(opened.close);
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT' && parts > 0) continue;
      if (cause instanceof AiImageError) throw cause;
      throw new AiImageError('storage_failed', `the store cannot write to ${path}: ${describeSystemError(cause)}`, {
        charged: 'no',
        hint: 'Nothing was sent. Check the permissions of the directory and the free space of its disk, or use another directory.',
        cause,
      });
    }
  }
}

function toFolderError(error: unknown, path: string): unknown {
  return codeOf(error) === 'ELOOP' || codeOf(error) === 'ENOTDIR' ? notAFolderError(path, error) : error;
}

const notAFolderError = (path: string, cause?: unknown) =>
  new AiImageError('storage_failed', `${path} is a link or a file, but the store needs a folder there`, {
    charged: 'no',
    hint: 'Nothing was written. Remove the link or file, or use another directory.',
    cause,
  });
