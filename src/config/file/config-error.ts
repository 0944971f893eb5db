/** Collects the problems of a configuration file, with their positions, into one error. */
import { AiImageError } from '../../providers/protocol/errors.ts';
import { withoutSecrets } from './secrets.ts';

/** `line` and `column` count from 1. */
export interface FilePosition {
  readonly line: number;
  readonly column: number;
}

export interface FileProblem {
  readonly position: FilePosition;
  /** Never contains a value from the file: it could be a key. */
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Keys and list indexes, from the top of the file. */
export type Path = readonly PropertyKey[];

const MAX_PROBLEMS_IN_MESSAGE = 10;
const HINT = 'Correct the file, then check it again with imagen config check.';

export interface FileProblems {
  readonly file: string;
  /** In file order. */
  readonly problems: readonly FileProblem[];
}

/** All problems of an error, including those its message leaves out. */
const problemsByError = new WeakMap<object, FileProblems>();

/** Returns all problems of an error from `configError`; undefined for any other error. */
export const problemsOf = (error: unknown): FileProblems | undefined =>
  typeof error === 'object' && error !== null ? problemsByError.get(error) : undefined;

/** @param problems at least one */
export function configError(file: string, problems: readonly FileProblem[]): AiImageError {
  const sorted = problems.toSorted(
    (a, b) => a.position.line - b.position.line || a.position.column - b.position.column,
  );
  const error = toError(file, sorted);
  problemsByError.set(error, { file, problems: sorted });
  return error;
}

function toError(file: string, sorted: readonly FileProblem[]): AiImageError {
  const lineOf = ({ position, message }: FileProblem) => `${file}:${position.line}:${position.column}: ${message}`;
  const [only, another] = sorted;
  if (only !== undefined && another === undefined)
    return new AiImageError('not_configured', lineOf(only), { hint: only.hint ?? HINT });
  const lines = sorted
    .slice(0, MAX_PROBLEMS_IN_MESSAGE)
    .map((problem) => `${lineOf(problem)}${problem.hint ? `. ${problem.hint}` : ''}`);
  const more = sorted.length - lines.length;
  const all = [`${file}: ${sorted.length} problems`, ...lines, ...(more > 0 ? [`and ${more} more`] : [])];
  return new AiImageError('not_configured', all.join('\n'), { hint: HINT });
}

export const quoted = (name: string): string => JSON.stringify(withoutSecrets(name));
