/** Files that a person names: whole, or a sentence that says why not. */
import { type FileHandle, open } from 'node:fs/promises';
import { decodeText, SAVE_AS_UTF8 } from '../../../config/file/decode-text.ts';
import { UsageError } from '../usage-error.ts';

export interface FileBounds {
  readonly mostBytes: number;
  /** Makes the error of a reason, e.g. `there is no such file`. */
  readonly cannot: (why: string) => UsageError;
}

/** @throws UsageError that of `cannot`: it is not there, no file and no pipe, or too large */
export async function readFileOf(path: string, { mostBytes, cannot }: FileBounds): Promise<Uint8Array> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw cannot(error.code === 'ENOENT' ? 'there is no such file' : 'it cannot be read');
  });
  try {
    const found = await file.stat();
    if (found.isDirectory()) throw cannot('it is a directory');
    // A shell hands over the output of a command as a pipe: --variations <(sort colours.txt)
    if (!found.isFile() && !found.isFIFO()) throw cannot('it is no file');
    const tooLarge = () => cannot(`it is larger than ${mostBytes / 1e6} MB`);
    if (found.size > mostBytes) throw tooLarge();
    return (await readAtMost(file, mostBytes)) ?? Promise.reject(tooLarge());
  } finally {
    await file.close();
  }
}

/** Files may grow, and pipes say no size. @returns undefined for more than `mostBytes` */
async function readAtMost(file: FileHandle, mostBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 1_048_576 })) {
    length += (chunk as Buffer).length; // no encoding is set
    if (length > mostBytes) return undefined;
    chunks.push(chunk as Buffer);
  }
  return new Uint8Array(Buffer.concat(chunks, length));
}

/** The same for text. @throws UsageError as `readFileOf`, and for bytes that are not UTF-8 */
export async function readTextOf(path: string, bounds: FileBounds): Promise<string> {
  const decoded = decodeText(await readFileOf(path, bounds));
  if (decoded.isText) return decoded.text;
  const { message } = bounds.cannot(`it is not UTF-8: ${decoded.why}`);
  throw new UsageError(message, SAVE_AS_UTF8);
}

/** What came on standard input. @throws UsageError */
export function toInputText(bytes: Uint8Array): string {
  const decoded = decodeText(bytes);
  if (decoded.isText) return decoded.text;
  throw new UsageError(`standard input is not UTF-8: ${decoded.why}`, 'Write UTF-8, for example with iconv -t UTF-8.');
}
