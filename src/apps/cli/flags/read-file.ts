/** Reads files that the user names, completely, or explains why it cannot. */
import { type FileHandle, open } from 'node:fs/promises';
import { decodeText, SAVE_AS_UTF8 } from '../../../config/file/decode-text.ts';
import { describeSystemError } from '../../../store/files/system-error.ts';
import { toFileError } from '../file-error.ts';
import { UsageError } from '../usage-error.ts';

export interface ReadLimits {
  readonly maxBytes: number;
  /** Creates the error for a reason, e.g. `no such file`, with a hint for it. */
  readonly toError: (why: string, hint: string) => UsageError;
}

/** @throws UsageError from `toError`: missing, neither a file nor a pipe, or too large; AiImageError `storage_failed`: it cannot be read */
export async function readFileBytes(path: string, { maxBytes, toError }: ReadLimits): Promise<Uint8Array> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw toError('no such file', 'Check the path.');
    throw toReadError(error, toError);
  });
  try {
    const found = await file.stat();
    if (found.isDirectory()) throw toError('it is a directory', 'Name a file.');
    // A shell passes the output of a command as a pipe: --variations <(sort colours.txt)
    if (!found.isFile() && !found.isFIFO()) throw toError('it is not a regular file', 'Name a file.');
    const tooLarge = () => toError(`it is larger than ${maxBytes / 1e6} MB`, 'Use a smaller file.');
    if (found.size > maxBytes) throw tooLarge();
    const bytes = await readAtMost(file, maxBytes).catch((error: unknown) => {
      throw toReadError(error, toError);
    });
    return bytes ?? Promise.reject(tooLarge());
  } finally {
    await file.close();
  }
}

function toReadError(error: unknown, toError: ReadLimits['toError']): Error {
  const hint = 'Check the permissions of the file and its disk.';
  const { message } = toError(`cannot read it: ${describeSystemError(error)}`, hint);
  return toFileError(message, hint, error);
}

/** Counts while reading: a file may grow, and a pipe has no size. @returns undefined for more than `maxBytes` */
async function readAtMost(file: FileHandle, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 1_048_576 })) {
    length += (chunk as Buffer).length; // no encoding is set
    if (length > maxBytes) return undefined;
    chunks.push(chunk as Buffer);
  }
  return new Uint8Array(Buffer.concat(chunks, length));
}

/** @throws Error as `readFileBytes`; UsageError for bytes that are not UTF-8 */
export async function readTextFile(path: string, limits: ReadLimits): Promise<string> {
  const decoded = decodeText(await readFileBytes(path, limits));
  if (decoded.isText) return decoded.text;
  throw limits.toError(`it is not UTF-8: ${decoded.why}`, SAVE_AS_UTF8);
}

/** @throws UsageError for bytes that are not UTF-8 */
export function decodeStdin(bytes: Uint8Array): string {
  const decoded = decodeText(bytes);
  if (decoded.isText) return decoded.text;
  throw new UsageError(`standard input is not UTF-8: ${decoded.why}`, 'Convert it, for example with iconv -t UTF-8.');
}
