/**
 * Folders below the store's root. Whoever may write to the directory could put a link in the place of a folder between our look and our
 * write, and have us write elsewhere. So a folder is opened part by part, following no link, and worked in through what was opened. Where
 * the platform does not lead through an open folder, the way is looked at before and after.
 */
import { constants, existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { AiImageError } from '../../providers/protocol/errors.ts';
import { codeOf, type FileOperations, makeDirectory, syncDirectory, syncHandle } from './files.ts';

export interface HeldFolder {
  /** The way to a name in it. */
  readonly at: (name: string) => string;
  /** So that its names survive a power failure too. */
  readonly sync: () => Promise<void>;
  /** @throws AiImageError `not_configured`: the way to it was bent meanwhile */
  readonly check: () => Promise<void>;
  readonly leave: () => Promise<void>;
}

export interface Folders {
  /** @throws AiImageError `not_configured`: a part of it is no folder; NodeJS.ErrnoException `ENOENT` */
  readonly hold: (folder: readonly string[]) => Promise<HeldFolder>;
  /** The same, and makes what is not there. */
  readonly make: (folder: readonly string[]) => Promise<HeldFolder>;
}

/** Where Linux shows what a process has open, as a way into it. */
const OPENED = '/proc/self/fd';

/** Node's permission model judges a path by how it is written, and knows nothing of what it leads to. */
const hasWay = (): boolean => process.permission === undefined && existsSync(OPENED);

/** @param canHold whether there is a way through an open folder */
export function createFolders(files: FileOperations, root: string, canHold = hasWay()): Folders {
  const hold = canHold ? descend : look;
  return {
    hold: async (folder) => hold(files, root, checked(folder), false),
    make: async (folder) => hold(files, root, checked(folder), true),
  };
}

/** Names come from our own hand, and all the same from files that somebody may have forged. */
function checked(folder: readonly string[]): readonly string[] {
  const isName = (part: string) => part !== '' && part !== '.' && part !== '..' && !/[/\\\0]/.test(part);
  if (folder.every(isName)) return folder;
  throw new AiImageError('not_configured', `${JSON.stringify(folder.join('/'))} is no folder below the store`, {
    charged: 'no',
    hint: 'Nothing was written. store.reindex() makes the catalog again.',
  });
}

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY;

async function descend(
  files: FileOperations,
  root: string,
  folder: readonly string[],
  isMade: boolean,
): Promise<HeldFolder> {
  // The root itself is what its owner says, also where that is a link.
  let handle = await files.open(root, FOLDER);
  for (const [at, part] of folder.entries()) {
    try {
      const way = `${OPENED}/${handle.fd}/${part}`;
      if (isMade && (await makeOne(files, way))) await syncHandle(handle);
      const next = await files.open(way, FOLDER | constants.O_NOFOLLOW);
      await handle.close();
      handle = next;
    } catch (error) {
      await handle.close().catch(() => undefined); // the first error says why
      throw explained(error, join(root, ...folder.slice(0, at + 1)));
    }
  }
  return {
    at: (name) => `${OPENED}/${handle.fd}/${name}`,
    sync: async () => void (await syncHandle(handle)),
    check: async () => undefined,
    leave: () => handle.close().catch(() => undefined), // nothing was written through it
  };
}

async function look(
  files: FileOperations,
  root: string,
  folder: readonly string[],
  isMade: boolean,
): Promise<HeldFolder> {
  const real = await files.realpath(root);
  let path = real;
  for (const part of folder) {
    const above = path;
    path = join(path, part);
    if (isMade && (await makeOne(files, path))) await syncDirectory(files, above);
    if (!(await files.lstat(path)).isDirectory()) throw bent(path);
  }
  const before = await files.realpath(path);
  const check = async () => {
    const isInside = before === real || before.startsWith(real.endsWith(sep) ? real : real + sep);
    if (!isInside || (await files.realpath(path)) !== before) throw bent(path);
  };
  await check();
  return {
    at: (name) => join(path, name),
    sync: () => syncDirectory(files, path),
    check,
    leave: async () => undefined,
  };
}

/** @returns whether it was not there before */
async function makeOne({ mkdir }: FileOperations, path: string): Promise<boolean> {
  try {
    await mkdir(path, 0o700);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Whether a folder can be written to, or made, without following a link. Makes nothing.
 * @throws AiImageError `not_configured`: a part of the way is a link or a file, or the last one that is there cannot be written to
 */
export async function checkWay(
  files: FileOperations,
  { hold }: Pick<Folders, 'hold'>,
  root: string,
  folder: readonly string[],
): Promise<void> {
  for (let parts = folder.length; parts >= 0; parts--) {
    const path = join(root, ...folder.slice(0, parts));
    try {
      const held = await hold(folder.slice(0, parts));
      return await files.access(held.at('.'), constants.W_OK).finally(held.leave);
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT' && parts > 0) continue;
      if (cause instanceof AiImageError) throw cause;
      throw new AiImageError('not_configured', `nothing can be written to ${path}: ${codeOf(cause)}`, {
        charged: 'no',
        hint: 'Nothing was sent. See to the rights of the directory, or name another one.',
        cause,
      });
    }
  }
}

function explained(error: unknown, path: string): unknown {
  return codeOf(error) === 'ELOOP' || codeOf(error) === 'ENOTDIR' ? bent(path, error) : error;
}

const bent = (path: string, cause?: unknown) =>
  new AiImageError('not_configured', `${path} is a link or a file, where the store needs a folder of its own`, {
    charged: 'no',
    hint: 'Nothing was written through it. Take it away, or name another directory.',
    cause,
  });

/** The root, and those above it. */
export const makeRoot = (files: FileOperations, root: string): Promise<void> => makeDirectory(files, root);
