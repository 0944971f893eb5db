/** What is wrong in a file, each with its place; several are told together. */
import { AiImageError } from '../../providers/protocol/errors.ts';
import { shown } from './key-like.ts';

/** Both count from 1. */
export interface FilePosition {
  readonly line: number;
  readonly column: number;
}

export interface FileFault {
  readonly place: FilePosition;
  /** Never shows a value of the file: it could be a key. */
  readonly what: string;
  readonly hint?: string | undefined;
}

/** Keys and indexes from the top of the file. */
export type Path = readonly PropertyKey[];

const MOST = 10;
const HINT = 'Correct the file; every key is described in docs/configuration.md.';

export interface FileFaults {
  readonly file: string;
  /** In its order. */
  readonly faults: readonly FileFault[];
}

/** What stands behind the message of an error: all of them, and not ten. */
const behind = new WeakMap<object, FileFaults>();

/** @returns undefined: the error is about something else */
export const faultsIn = (error: unknown): FileFaults | undefined =>
  typeof error === 'object' && error !== null ? behind.get(error) : undefined;

/** @param faults at least one */
export function configError(file: string, faults: readonly FileFault[]): AiImageError {
  const sorted = faults.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  const error = toError(file, sorted);
  behind.set(error, { file, faults: sorted });
  return error;
}

function toError(file: string, sorted: readonly FileFault[]): AiImageError {
  const lineOf = ({ place, what }: FileFault) => `${file}:${place.line}:${place.column}: ${what}`;
  const [only, another] = sorted;
  if (only !== undefined && another === undefined)
    return new AiImageError('not_configured', lineOf(only), { hint: only.hint ?? HINT });
  const lines = sorted.slice(0, MOST).map((fault) => `${lineOf(fault)}${fault.hint ? `. ${fault.hint}` : ''}`);
  const more = sorted.length - lines.length;
  const all = [`${file}: ${sorted.length} faults`, ...lines, ...(more > 0 ? [`and ${more} more`] : [])];
  return new AiImageError('not_configured', all.join('\n'), { hint: HINT });
}

export const quoted = (name: string): string => JSON.stringify(shown(name));
