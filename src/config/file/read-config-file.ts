/** Reads a configuration file that another user may have planted: never blocks on it, limits its size, and checks its owner. */
import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { AiImageError } from '../../providers/protocol/errors.ts';
import { decodeText, SAVE_AS_UTF8 } from './decode-text.ts';

export const MAX_FILE_BYTES = 256 * 1024;

export interface FileReader {
  /** The current user. @default the user of the process; undefined on Windows */
  readonly userId?: number | undefined;
}

const refusedError = (path: string, reason: string, hint: string, cause?: unknown) =>
  new AiImageError('not_configured', `${path}: cannot read the configuration: ${reason}`, { hint, cause });

/** The error for a file that the system does not let us read. @param what it did, for example `opened` */
const unreadableError = (path: string, what: string, cause: unknown) =>
  new AiImageError(
    'storage_failed',
    `${path}: cannot read the configuration: it cannot be ${what} (${codeOf(cause)})`,
    {
      hint: 'Check its disk, and the permissions of the file and its directories.',
      cause,
    },
  );

/** @returns the path without symbolic links; undefined if no file is there @throws AiImageError `not_configured`: the links form a loop; `storage_failed` */
export async function realPathOf(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'ELOOP') throw refusedError(path, 'its symbolic links form a loop', 'Remove the link.', cause);
    if (code === 'ENAMETOOLONG') throw refusedError(path, 'its name is too long', 'Correct the path.', cause);
    throw unreadableError(path, 'accessed', cause);
  }
}

/** @param path a path without symbolic links, from `realPathOf` @throws AiImageError `not_configured`: the file is not allowed; `storage_failed`: it cannot be read */
export async function readConfigFile(path: string, { userId = process.getuid?.() }: FileReader = {}): Promise<string> {
  // Windows has neither flag. Without O_NONBLOCK, opening a FIFO waits for a writer.
  const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;
  let file: FileHandle;
  try {
    file = await open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  } catch (cause) {
    throw unreadableError(path, 'opened', cause);
  }
  try {
    // Check the opened file, not the path: the path may lead elsewhere by now.
    const stat = await file.stat();
    const { mode, size, uid } = stat;
    if (!stat.isFile()) throw refusedError(path, 'it is not a regular file', 'Name a YAML file.');
    if (userId !== undefined && uid !== userId && uid !== 0)
      throw refusedError(path, 'it belongs to another user', 'Copy it, or change its owner with chown.');
    if (userId !== undefined && (mode & constants.S_IWOTH) !== 0)
      throw refusedError(path, 'every user can write to it', `Run: chmod o-w ${path}`);
    if (size > MAX_FILE_BYTES) throw tooLargeError(path);
    return decode(path, await readBytes(file, path));
  } finally {
    await file.close();
  }
}

/** Reads at most `MAX_FILE_BYTES`: some files are larger than their reported size. */
async function readBytes(file: FileHandle, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(MAX_FILE_BYTES + 1);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length).catch((cause: unknown) => {
      throw unreadableError(path, 'read', cause);
    });
    if (bytesRead === 0) return bytes.subarray(0, length);
    length += bytesRead;
  }
  throw tooLargeError(path);
}

function decode(path: string, bytes: Uint8Array): string {
  const decoded = decodeText(bytes);
  if (decoded.isText) return decoded.text;
  throw refusedError(path, `it is not UTF-8 text: ${decoded.why}`, SAVE_AS_UTF8);
}

const tooLargeError = (path: string) =>
  refusedError(path, 'it is larger than 256 kB', 'A configuration is a few lines of YAML.');
const codeOf = (cause: unknown): string => String((cause as { code?: unknown } | null)?.code ?? 'unknown');
