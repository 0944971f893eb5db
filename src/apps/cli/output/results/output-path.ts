/** Decides where images are saved. Runs before the call, so that no money is spent on an image that cannot be saved. */
import { access, constants, lstat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { FILE_EXTENSIONS, IMAGE_FORMATS, type ImageFormat } from '../../../../providers/protocol/index.ts';
import { createDirectory, FILES } from '../../../../store/files/files.ts';
import { describeSystemError } from '../../../../store/files/system-error.ts';
import { toFileError } from '../../file-error.ts';
import { UsageError } from '../../usage-error.ts';

/** Formats by file extension. */
const FORMATS: Readonly<Record<string, ImageFormat>> = Object.fromEntries(
  IMAGE_FORMATS.flatMap((format) =>
    [`.${FILE_EXTENSIONS[format]}`, `.${format}`].map((extension) => [extension, format] as const),
  ),
);

export interface OutputPlan {
  /** Absolute, without extension; `undefined` for standard output. */
  readonly base: string | undefined;
  /** As typed, e.g. `.jpg`. */
  readonly extension: string | undefined;
  /** Format that the extension means. */
  readonly format: string | undefined;
  /** The user chose the name, so no other name is used. */
  readonly isExact: boolean;
}

/**
 * @param out a file, a directory, or `-` for standard output @default a name made from the prompt, in the current directory
 * @throws UsageError when the path is wrong; AiImageError `storage_failed` when nothing can be written there
 */
export async function planOutput(
  out: string | undefined,
  {
    prompt,
    n,
    cwd,
    isTerminal,
  }: { readonly prompt: string; readonly n: number; readonly cwd: string; readonly isTerminal: boolean },
): Promise<OutputPlan> {
  if (out === '-') {
    if (isTerminal)
      throw new UsageError(
        '--out - would print image bytes to the terminal',
        'Redirect the output to a file or a pipe, or name a file with --out.',
      );
    if (n > 1) throw new UsageError('--out - takes one image', 'Name a directory with --out, or use --n 1.');
    return { base: undefined, extension: undefined, format: undefined, isExact: true };
  }
  const named = resolve(cwd, out ?? '.');
  const isDirectory = out === undefined || /[\\/]$/.test(out) || (await kindOf(named)) === 'directory';
  if (isDirectory) {
    await requireWritable(named);
    return { base: join(named, fileNameOf(prompt)), extension: undefined, format: undefined, isExact: false };
  }
  const extension = extname(named);
  const format = FORMATS[extension.toLowerCase()];
  if (format === undefined) {
    const hint = `Use ${Object.keys(FORMATS).join(', ')}, or a directory name that ends in a slash.`;
    throw new UsageError(`--out ${out} has no known image extension`, hint);
  }
  await requireWritable(dirname(named));
  const plan = { base: named.slice(0, -extension.length), extension, format, isExact: true };
  for (let index = 0; index < n; index++) {
    const path = pathFor(plan, { index, n, format });
    if ((await kindOf(path)) !== 'nothing')
      throw new UsageError(`${path} already exists`, 'Choose another name. Existing files are never overwritten.');
  }
  return plan;
}

/** @param format of the bytes; the extension follows it */
export function pathFor(
  { base = '', extension, format: plannedFormat }: OutputPlan,
  { index, n, format }: { readonly index: number; readonly n: number; readonly format: string },
): string {
  // A vendor may send more images than requested.
  const suffix = n > 1 || index > 0 ? `-${index + 1}` : '';
  return `${base}${suffix}${extension !== undefined && plannedFormat === format ? extension : `.${FILE_EXTENSIONS[format as ImageFormat]}`}`;
}

async function kindOf(path: string): Promise<'nothing' | 'directory' | 'file'> {
  try {
    return (await lstat(path)).isDirectory() ? 'directory' : 'file';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'nothing';
    throw unwritableError(path, error);
  }
}

async function requireWritable(directory: string): Promise<void> {
  try {
    await createDirectory(FILES, directory, 0o777);
    await access(directory, constants.W_OK);
  } catch (error) {
    throw unwritableError(directory, error);
  }
}

function unwritableError(path: string, error: unknown): Error {
  return toFileError(
    `cannot write to ${path}: ${describeSystemError(error)}`,
    'Use another directory with --out.',
    error,
  );
}

/** Names that Windows reserves for devices. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)$/;

/** Makes a file name from letters and digits of the prompt, joined by dashes: safe on every platform, at most 60 bytes. */
export function fileNameOf(prompt: string): string {
  const words = prompt
    .slice(0, 500)
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  let name = '';
  for (const word of words) {
    const next = name === '' ? [...word].slice(0, 40).join('') : `${name}-${word}`;
    if (Buffer.byteLength(next) > 60) break;
    name = next;
  }
  return name === '' || RESERVED.test(name) ? `image${name === '' ? '' : `-${name}`}` : name;
}
