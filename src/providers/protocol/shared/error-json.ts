/** Reads an error that was sent as JSON or as a structured clone. It may come from another program, so each field is checked. */
import type { JobHandle } from '../job.ts';

/** Longer texts are refused: an error is short, and the longest part of a job handle is a link. */
const MAX_LENGTH = 100_000;

const FIELDS = {
  provider: 'string',
  model: 'string',
  status: 'number',
  requestId: 'string',
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
export function readErrorJson(json: unknown, codes: readonly string[], isNested = false): ErrorFields | string {
  if (!isObject(json)) return '';
  const { code, message, charged, job, failures: listed } = json;
  if (!codes.includes(code as string)) return 'code';
  if (!isText(message)) return 'message';
  if (!['no', 'yes', 'unknown', undefined].includes(charged as string)) return 'charged';
  const read: Record<string, unknown> = { code, message, charged };
  for (const [field, type] of Object.entries(FIELDS)) {
    const value = json[field] ?? undefined;
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
  const failures: { index: number; error: ErrorFields }[] = [];
  if (listed !== undefined && (!Array.isArray(listed) || isNested)) return 'failures';
  for (const [at, failure] of (listed ?? []).entries()) {
    const error = isObject(failure) && isAmount(failure.index) ? readErrorJson(failure.error, codes, true) : '';
    if (typeof error === 'string') return `failures[${at}]${error && `.error.${error}`}`;
    failures.push({ index: failure.index, error });
  }
  // Each field was checked above.
  return { ...read, failures } as unknown as ErrorFields;
}

function isHandle(job: Json): job is Json & JobHandle {
  const { version, provider, model, id, submittedAt, pollUrl = '', request } = job;
  if (version !== 1 || ![provider, model, id, submittedAt, pollUrl].every(isText) || !isObject(request)) return false;
  const areValues = Object.values(request).every(
    (value) => value === undefined || isText(value) || Number.isFinite(value),
  );
  return areValues && isText(request.prompt) && isAmount(request.n);
}
