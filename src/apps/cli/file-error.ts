/** The error for a file or directory that a command names and cannot read or write. */
import { AiImageError, type Charged } from '../../index.ts';
import { isPathFault } from '../../store/files/system-error.ts';
import { UsageError } from './usage-error.ts';

/**
 * @param charged whether a call before it was charged
 * @returns a `UsageError` if the path is wrong, else `storage_failed`: the disk, its permissions or the system are at fault
 */
export function toFileError(
  message: string,
  hint: string,
  cause: unknown,
  charged: Charged = 'no',
): UsageError | AiImageError {
  if (isPathFault(cause) && charged === 'no') return new UsageError(message, hint);
  return new AiImageError('storage_failed', message, { charged, hint, cause });
}

/** The error for a file that is damaged, or that another process has locked. */
export const storageError = (message: string, hint: string): AiImageError =>
  new AiImageError('storage_failed', message, { charged: 'no', hint });
