/** Turns faults of the disk and of a database file into an `AiImageError` with the code `storage_failed`. */
import { AiImageError } from '../providers/protocol/errors.ts';
import { codeOf } from './files/files.ts';
import { describeSystemError, isPathFault } from './files/system-error.ts';
import { DatabaseFault, toDatabaseError } from './sql/postgres/faults.ts';
import { isBusy, isSqliteError } from './sql/sqlite.ts';

/** Codes of the operating system, and of Node for what it does not let the process do. */
const isSystemError = (error: unknown): boolean =>
  /^(?:E[A-Z0-9]+|ERR_ACCESS_DENIED|ERR_FS_\w+)$/.test(codeOf(error) ?? '');

/** Whether the system, SQLite or PostgreSQL reported the error. Any other error is a bug, for example a `TypeError`. */
export const isStorageFault = (error: unknown): boolean =>
  error instanceof DatabaseFault || isSqliteError(error) || isSystemError(error);

/** @param root the directory of the store */
export function toStorageError(root: string, cause: unknown): AiImageError {
  if (cause instanceof AiImageError) return cause;
  if (cause instanceof DatabaseFault) return toDatabaseError(cause);
  if (isBusy(cause)) {
    return new AiImageError('storage_failed', `another process has locked a database of the store at ${root}`, {
      charged: 'no',
      hint: 'Wait until that process has finished, or end it, then repeat the call. A program that views the database may hold the lock too.',
      cause,
    });
  }
  return new AiImageError('storage_failed', `the store at ${root} failed: ${reasonOf(cause)}`, {
    charged: 'no',
    hint: 'Check the permissions and the free space of the directory, or use another one.',
    cause,
  });
}

/** Makes the error for a store that cannot be opened. The setting is at fault if the directory cannot be at its path, for example below a file. */
export function toUnusableError(root: string, cause: unknown): AiImageError {
  if (cause instanceof AiImageError || cause instanceof DatabaseFault || isBusy(cause))
    return toStorageError(root, cause);
  const code = isPathFault(cause) ? 'not_configured' : 'storage_failed';
  return new AiImageError(code, `the store at ${root} cannot be used: ${reasonOf(cause)}`, {
    charged: 'no',
    hint: 'Nothing was sent. Check the permissions and the free space of the directory, or use another one.',
    cause,
  });
}

/** Describes a system error without its path; returns the message of any other error. */
export function reasonOf(error: unknown): string {
  return error instanceof Error && !isSystemError(error) ? error.message : describeSystemError(error);
}

/** Returns the part of a store with methods that throw `storage_failed` for every fault of the disk or a database. Bugs are not renamed. */
export function withStorageErrors<T extends object>(root: string, part: T): T {
  const guard =
    (method: (...params: readonly unknown[]) => unknown) =>
    async (...params: readonly unknown[]): Promise<unknown> => {
      try {
        return await method(...params);
      } catch (error) {
        throw isStorageFault(error) ? toStorageError(root, error) : error;
      }
    };
  const guarded = Object.entries(part).map(([name, value]) => [
    name,
    typeof value === 'function' ? guard(value) : value,
  ]);
  return Object.fromEntries(guarded) as T; // the methods of a store are asynchronous, so their types stay the same
}
