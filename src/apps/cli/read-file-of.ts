/** Files that a person names: whole, or a sentence that says why not. */
import { open } from 'node:fs/promises';
import type { UsageError } from './usage-error.ts';

export interface FileBounds {
  readonly mostBytes: number;
  /** Makes the error of a reason, e.g. `there is no such file`. */
  readonly cannot: (why: string) => UsageError;
}

/** @throws UsageError that of `cannot`: it is not there, no file, or too large */
export async function readFileOf(path: string, { mostBytes, cannot }: FileBounds): Promise<Uint8Array> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw cannot(error.code === 'ENOENT' ? 'there is no such file' : 'it cannot be read');
  });
  try {
    const found = await file.stat();
    if (found.isDirectory()) throw cannot('it is a directory');
    if (!found.isFile()) throw cannot('it is no file');
    if (found.size > mostBytes) throw cannot(`it is larger than ${mostBytes / 1e6} MB`);
    return new Uint8Array(await file.readFile());
  } finally {
    await file.close();
  }
}
