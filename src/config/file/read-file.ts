/** Reads a file that anybody may have put there: never waits, never reads without end, never takes another user's word. */
import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { AiImageError } from '../../providers/protocol/errors.ts';
import { decodeText, SAVE_AS_UTF8 } from './decode-text.ts';

export const MAX_FILE_BYTES = 256 * 1024;

export interface FileReader {
  /** Who we are. @default that of the process; none on Windows */
  readonly userId?: number | undefined;
}

const refused = (path: string, what: string, hint: string, cause?: unknown) =>
  new AiImageError('not_configured', `${path}: the configuration is not read: ${what}`, { hint, cause });

/** @returns the path without links; undefined where there is nothing @throws AiImageError where links lead in a circle */
export async function realPathOf(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'ELOOP') throw refused(path, 'its links lead in a circle', 'Remove the link.', cause);
    throw refused(path, `it cannot be found out what it is (${code})`, 'Look at its permissions.', cause);
  }
}

/** @param path without links, from `realPathOf` @throws AiImageError `not_configured` */
export async function readConfigFile(path: string, { userId = process.getuid?.() }: FileReader = {}): Promise<string> {
  // Windows has neither flag. Without the first, opening a FIFO waits for its writer.
  const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;
  let file: FileHandle;
  try {
    file = await open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  } catch (cause) {
    throw refused(path, `it cannot be opened (${codeOf(cause)})`, 'Look at its permissions.', cause);
  }
  try {
    // What was opened is looked at, not what the path leads to by now.
    const stat = await file.stat();
    const { mode, size, uid } = stat;
    if (!stat.isFile()) throw refused(path, 'it is no plain file', 'Name a YAML file.');
    if (userId !== undefined && uid !== userId && uid !== 0)
      throw refused(path, 'it belongs to another user', 'Make a copy of your own, or take it over with chown.');
    if (userId !== undefined && (mode & constants.S_IWOTH) !== 0)
      throw refused(path, 'everybody may write to it', `Run: chmod o-w ${path}`);
    if (size > MAX_FILE_BYTES) throw tooLarge(path);
    return decode(path, await readBytes(file, path));
  } finally {
    await file.close();
  }
}

/** Some files are larger than they say. */
async function readBytes(file: FileHandle, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(MAX_FILE_BYTES + 1);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length);
    if (bytesRead === 0) return bytes.subarray(0, length);
    length += bytesRead;
  }
  throw tooLarge(path);
}

function decode(path: string, bytes: Uint8Array): string {
  const decoded = decodeText(bytes);
  if (decoded.isText) return decoded.text;
  throw refused(path, `it is not text in UTF-8: ${decoded.why}`, SAVE_AS_UTF8);
}

const tooLarge = (path: string) => refused(path, 'it has more than 256 kB', 'A configuration is a few lines of YAML.');
const codeOf = (cause: unknown): string => String((cause as { code?: unknown } | null)?.code ?? 'unknown');
