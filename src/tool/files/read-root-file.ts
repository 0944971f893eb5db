/** Reads image files that agents name. Only files in folders that the host allows are opened. */
import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink, realpath } from 'node:fs/promises';
import { basename, isAbsolute, relative, resolve, sep } from 'node:path';
import { quoteName } from '../../providers/protocol/input/hide-keys.ts';
import { checkReference, MAX_REFERENCE_BYTES } from './check-reference.ts';
import { referenceError } from './reference-error.ts';

const MAX_NAMES = 5;

/**
 * Reads an image file. Outside of the roots the error is always the same, so that an agent does not learn which files exist.
 * @param path absolute, or relative to the first root @param roots allowed folders
 * @throws AiImageError `invalid_request`
 */
export async function readRootFile(path: string, roots: readonly string[], argument: string): Promise<Uint8Array> {
  const [first] = roots;
  if (first === undefined) {
    throw referenceError(
      argument,
      'is a path, and no folder is allowed here.',
      'Give the id of a stored image instead.',
    );
  }
  const refuse = (cause?: unknown) =>
    referenceError(
      argument,
      `${isAbsolute(path) ? '' : `${quoteName(path, 80)} `}is not a file in the allowed ${describeRoots(roots)}.`,
      'Copy the image there, or give the id of a stored image.',
      cause,
    );
  const given = resolve(first, path);
  const realRoots = await realPathsOf(roots);
  const before = await checkedPath(given, realRoots).catch((cause) => {
    throw refuse(withoutPath(cause));
  });
  // Opening a pipe or a device may wait or have effects.
  if (before === undefined) throw refuse();
  if (!before.stats.isFile()) throw notAFile(argument);
  // Opens the resolved path: the links of the given path may have changed since.
  const file = await open(
    before.path,
    constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
  ).catch((cause) => {
    throw referenceError(argument, 'cannot be read.', 'Check the permissions of the file.', withoutPath(cause));
  });
  try {
    const opened = await file.stat({ bigint: true });
    if (!opened.isFile()) throw notAFile(argument);
    // A folder of the path may have been replaced by a link while the file was opened.
    if (!(await isStillInside(file, opened, before.path, realRoots))) throw refuse();
    if (opened.size > MAX_REFERENCE_BYTES) {
      throw referenceError(argument, `has over ${MAX_REFERENCE_BYTES} bytes.`, 'Give a smaller image.');
    }
    return checkReference(await readBytes(file, Number(opened.size)), argument);
  } finally {
    await file.close();
  }
}

/** A root that does not exist allows nothing. */
async function realPathsOf(roots: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(roots.map((root) => realpath(root).catch(() => undefined)));
  return found.filter((root) => root !== undefined);
}

interface CheckedPath {
  readonly path: string;
  readonly stats: BigIntStats;
}

/** @returns `undefined`: it is in no root @throws the system's error: there is no such file */
async function checkedPath(given: string, roots: readonly string[]): Promise<CheckedPath | undefined> {
  const path = await realpath(given);
  if (!roots.some((root) => isInside(path, root))) return undefined;
  return { path, stats: await lstat(path, { bigint: true }) };
}

function isInside(path: string, root: string): boolean {
  const from = relative(root, path);
  return from !== '' && from !== '..' && !from.startsWith(`..${sep}`) && !isAbsolute(from);
}

/** Linux knows the path of an opened file. On other systems, the file at the path must still be the one that was opened. */
async function isStillInside(
  file: FileHandle,
  opened: BigIntStats,
  path: string,
  roots: readonly string[],
): Promise<boolean> {
  const known = await readlink(`/proc/self/fd/${file.fd}`).catch(() => undefined);
  if (known !== undefined) return roots.some((root) => isInside(known, root));
  const now = await checkedPath(path, roots).catch(() => undefined);
  return now?.stats.dev === opened.dev && now.stats.ino === opened.ino;
}

/** If the file grows meanwhile, its old length is read. If it shrinks, its new length is read. */
async function readBytes(file: FileHandle, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await file.read(bytes, length, size - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}

const notAFile = (argument: string) =>
  referenceError(argument, 'is not a regular file.', 'Give the path of an image file.');

/** Returns names and not paths: an agent must not learn where the folders are. */
function describeRoots(roots: readonly string[]): string {
  const names = roots.slice(0, MAX_NAMES).map((root) => quoteName(basename(root) || '/'));
  const more = roots.length > MAX_NAMES ? ` and ${roots.length - MAX_NAMES} more` : '';
  return `${roots.length === 1 ? 'folder' : 'folders'} ${names.join(', ')}${more}`;
}

/** The system's errors have the path in their message. */
function withoutPath(cause: unknown): Error | undefined {
  const code = (cause as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? new Error(code) : undefined;
}
