/** Describes errors of the operating system in words. */
import { codeOf } from './files.ts';

const TEXTS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBADF: 'it is closed',
  EBUSY: 'it is in use',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it already exists',
  EFBIG: 'the file is too large',
  EIO: 'the disk reported an error',
  EISDIR: 'it is a directory',
  ELOOP: 'it has too many symbolic links',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENFILE: 'too many files are open',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space is left on the disk',
  ENOTDIR: 'a part of the path is not a directory',
  EPIPE: 'the reading program has ended',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
};

/** The path is at fault: another path helps, another disk or more permissions do not. */
const PATH_FAULTS: readonly string[] = [
  'EEXIST',
  'EISDIR',
  'ELOOP',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOTDIR',
  'ERR_INVALID_ARG_VALUE',
];

/** Whether the caller named a path that cannot be used. Otherwise the disk, its permissions or the system are at fault. */
export const isPathFault = (error: unknown): boolean => PATH_FAULTS.includes(codeOf(error) ?? '');

/**
 * Returns for example `permission denied (EACCES)`; the bare code if it is not a common one. Unlike the error's message, it has no path.
 * An error of this library is described by its message.
 */
export function describeSystemError(error: unknown): string {
  const code = codeOf(error);
  if (code === undefined) return 'unknown reason';
  const text = TEXTS[code];
  if (text !== undefined) return `${text} (${code})`;
  return isPlatformCode(code) || !(error instanceof Error) ? code : error.message;
}

/** Codes of the system and of Node are capitals; those of this library are not. */
const isPlatformCode = (code: string): boolean => /^[A-Z]/.test(code);
