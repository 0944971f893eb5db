/** Reads an error that was sent as JSON or as a structured clone. It may come from another program, so each field is checked. */
import type { JobHandle } from '../job.ts';

/** Longer texts are refused: an error is short, and the longest part of a job handle is a link. */
const MAX_LENGTH = 100_000;

/** The most failures that are read, at all depths: a call has at most 100 images. */
const MAX_FAILURES = 10_000;
/** How deep failures may contain others: a call of calls of calls. */
const MAX_DEPTH = 10;

const FIELDS = {
  provider: 'string',
  model: 'string',
  status: 'number',
  requestId: 'string',
  field: 'string',
  retryAfterMs: 'number',
  hint: 'string',
  endsJob: 'boolean',
} as const;

/** The fields of one error, as they were found. */
export interface ErrorFields {
  readonly code: string;
  readonly message: string;
  readonly charged?: string;
  readonly job?: JobHandle;
  readonly failures: readonly { readonly index: number; readonly error: ErrorFields }[];
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_LENGTH;
const isAmount = (value: unknown): value is number => Number.isFinite(value) && (value as number) >= 0;

/** @returns the error, or the path of the first field that is wrong (empty: the whole) */
export const readErrorJson = (json: unknown, codes: readonly string[]): ErrorFields | string =>
  readError(json, codes, { depth: 0, failures: { count: 0 } });

/** Where in the error the reader is, and how many failures it has read. */
interface ReadingState {
  readonly depth: number;
  readonly failures: { count: number };
}

function readError(json: unknown, codes: readonly string[], state: ReadingState): ErrorFields | string {
  if (!isObject(json)) return '';
  const { code, message, charged, job, failures: listed } = json;
  if (!codes.includes(code as string)) return 'code';
  if (!isText(message)) return 'message';
  if (!['no', 'yes', 'unknown', undefined].includes(charged as string)) return 'charged';
  const read: Record<string, unknown> = { code, message, charged };
  for (const [field, type] of Object.entries(FIELDS)) {
    const value = json[field] ?? undefined;
    // A time that cannot be waited for counts as none.
    if (field === 'retryAfterMs' && typeof value === 'number' && !isAmount(value)) continue;
    const isValid = type === 'string' ? isText(value) : type === 'number' ? isAmount(value) : typeof value === type;
    if (value !== undefined && !isValid) return field;
    read[field] = value;
  }
  // `toJSON` gives a summary of the job without its request, which `resume` cannot use.
  if (isObject(job) && job.request !== undefined) {
    if (!isHandle(job)) return 'job';
    const { version, provider, model, id, submittedAt, pollUrl, state, request } = job;
    const known = { version, provider, model, id, submittedAt, request: { ...request } };
    read.job = { ...known, ...(pollUrl !== undefined && { pollUrl }), ...(state !== undefined && { state }) };
  }
  if (read.job === undefined && typeof read.hint === 'string') read.hint = withoutJobOfError(read.hint);
  const failures: { index: number; error: ErrorFields }[] = [];
  if (listed !== undefined && !Array.isArray(listed)) return 'failures';
  state.failures.count += listed?.length ?? 0;
  const isTooMuch = state.failures.count > MAX_FAILURES || state.depth >= MAX_DEPTH;
  if (listed !== undefined && listed.length > 0 && isTooMuch) return 'failures';
  const inner = { ...state, depth: state.depth + 1 };
  for (const [at, failure] of (listed ?? []).entries()) {
    const error = isObject(failure) && isAmount(failure.index) ? readError(failure.error, codes, inner) : '';
    if (typeof error === 'string') return `failures[${at}]${error && `.error.${error}`}`;
    failures.push({ index: failure.index, error });
  }
  // Each field was checked above.
  return { ...read, failures } as unknown as ErrorFields;
}

/** The advice to pass `error.job` to `resume`, which is about the original error. */
const RESUME_ADVICE = /(?:Call |The job goes on: )?resume\(error\.job\) [^.]{1,200}\./g;

/** Says how to resume without the handle, which this copy of the error does not have. */
const withoutJobOfError = (hint: string): string =>
  hint.replaceAll(
    RESUME_ADVICE,
    'This copy of the error does not hold the job. With the job of the original error, or its id in a manager that recorded it, the images can be fetched without paying again.',
  );

function isHandle(job: Json): job is Json & JobHandle {
  const { version, provider, model, id, submittedAt, pollUrl = '', request } = job;
  if (version !== 1 || ![provider, model, id, submittedAt, pollUrl].every(isText) || !isObject(request)) return false;
  const areValues = Object.values(request).every(
    (value) => value === undefined || isText(value) || Number.isFinite(value),
  );
  return areValues && isText(request.prompt) && isAmount(request.n);
}
