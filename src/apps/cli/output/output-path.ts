/** Where a picture goes: decided before the call, so that no money is spent on what cannot be saved. */
import { access, constants, lstat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { FILES, makeDirectory } from '../../../store/files/files.ts';
import { UsageError } from '../usage-error.ts';

/** Formats by the extension people write. */
const FORMATS: Readonly<Record<string, string>> = {
  '.png': 'png',
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.webp': 'webp',
  '.gif': 'gif',
  '.avif': 'avif',
  '.svg': 'svg',
};

export interface OutputPlan {
  /** Absolute, without extension; `undefined` for standard output. */
  readonly base: string | undefined;
  /** As the person wrote it, e.g. `.jpg`. */
  readonly extension: string | undefined;
  /** What the extension asks for. */
  readonly format: string | undefined;
  /** The name was the person's own choice: then nothing else is taken. */
  readonly isExact: boolean;
}

/**
 * @param out a file, a directory, or `-` for standard output; without one a name is made of the prompt, in the working directory
 * @throws UsageError when nothing could be written there
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
        'a picture cannot be shown as text',
        'Send it to a file or a pipe, or name a file with --out.',
      );
    if (n > 1) throw new UsageError('standard output takes one picture', 'Name a file with --out, or ask for one.');
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
    const hint = `End the name in ${Object.keys(FORMATS).join(', ')}, or name a directory with a slash at the end.`;
    throw new UsageError(`--out ${out} does not say what kind of picture it is to be`, hint);
  }
  await requireWritable(dirname(named));
  const plan = { base: named.slice(0, -extension.length), extension, format, isExact: true };
  for (let index = 0; index < n; index++) {
    const path = pathFor(plan, { index, n, format });
    if ((await kindOf(path)) !== 'nothing')
      throw new UsageError(`${path} exists already`, 'Nothing is ever overwritten: choose another name.');
  }
  return plan;
}

/** @param format what the bytes are: the extension follows them */
export function pathFor(
  { base = '', extension, format: asked }: OutputPlan,
  { index, n, format }: { readonly index: number; readonly n: number; readonly format: string },
): string {
  // A vendor may send more than was asked for.
  const suffix = n > 1 || index > 0 ? `-${index + 1}` : '';
  return `${base}${suffix}${extension !== undefined && asked === format ? extension : `.${format === 'jpeg' ? 'jpg' : format}`}`;
}

async function kindOf(path: string): Promise<'nothing' | 'directory' | 'file'> {
  try {
    return (await lstat(path)).isDirectory() ? 'directory' : 'file';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'nothing';
    throw cannot(path, error);
  }
}

async function requireWritable(directory: string): Promise<void> {
  try {
    await makeDirectory(FILES, directory, 0o777);
    await access(directory, constants.W_OK);
  } catch (error) {
    throw cannot(directory, error);
  }
}

function cannot(path: string, error: unknown): UsageError {
  return new UsageError(
    `cannot write to ${path}: ${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}`,
    'Name another place with --out.',
  );
}

/** Names that Windows keeps for devices. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)$/;

/** Letters and digits of the prompt, joined by dashes: safe on every platform, at most 60 characters. */
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
