/** Shows work of a queue as table rows and as JSON. */
import type { Pause, QueueCounts, QueuedWork, StoredRequest, WorkError } from '../../../../queue/index.ts';
import { shorten } from '../../../shared/shorten.ts';
import { inCommandWords, reasonOf, timeOf } from '../../queue/worker-lines.ts';
import { alignColumns } from './align-columns.ts';

export const WORK_TITLES = ['id', 'state', 'queue', 'provider', 'added (utc)', 'note'] as const;

const MIN_LENGTH = 8;

/** Shortens each id to the part that tells it from the others. It is long enough to find the work again. */
export function shortIds(ids: readonly string[]): ReadonlyMap<string, string> {
  const sorted = [...new Set(ids)].toSorted();
  return new Map(
    sorted.map((id, at) => {
      const shared = Math.max(sharedLength(id, sorted[at - 1]), sharedLength(id, sorted[at + 1]));
      return [id, id.slice(0, Math.max(MIN_LENGTH, shared + 1))];
    }),
  );
}

function sharedLength(one: string, other = ''): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}

/** @param id as it is shown @param now milliseconds since the epoch */
export const workRow = (work: QueuedWork, id: string, now: number): readonly string[] => [
  id,
  work.state,
  work.queue,
  work.provider ?? '-',
  timeOf(work.createdAt.getTime()).slice(0, 16),
  noteOn(work, now, codeFirst),
];

/** What a reader wants to know first. */
export function noteOn(work: QueuedWork, now: number, textOf: (error: WorkError) => string = reasonOf): string {
  const { state, attempt, error, request, result, runAt, worker, isCancelRequested } = work;
  switch (state) {
    case 'waiting':
      if (request === undefined) return 'waits for a newer version of the worker';
      if (error !== undefined) return `attempt ${attempt}: ${textOf(error)}`;
      return runAt.getTime() > now ? `from ${timeOf(runAt.getTime())}` : promptOf(request);
    case 'active':
      return isCancelRequested ? 'is being cancelled' : `attempt ${attempt} by ${worker ?? 'a worker'}`;
    case 'done':
      return result?.artifacts.length === 1 ? '1 image' : `${result?.artifacts.length ?? 0} images`;
    case 'unknown':
    case 'dead':
    case 'cancelled':
      return error === undefined ? '' : textOf(error);
    default:
      return state satisfies never;
  }
}

/** A narrow terminal cuts off the end, so the code comes first. */
function codeFirst(error: WorkError): string {
  const { code, message, hint } = inCommandWords(error);
  return `${code}: ${message}${hint === undefined ? '' : `. ${hint}`}`;
}

const MAX_PROMPT = 200;

const promptOf = ({ prompt = '' }: StoredRequest): string => shorten(prompt, MAX_PROMPT);

/** Leaves out what links to inputs may grant access with, and the end of a long prompt. */
export function workDocument(work: QueuedWork): object {
  const { request, error, ...fields } = work;
  return {
    ...fields,
    ...(error !== undefined && { error: inCommandWords(error) }),
    request: request === undefined ? null : shownRequest(request),
  };
}

function shownRequest(request: StoredRequest): Readonly<Record<string, unknown>> {
  const { prompt, inputImages, mask, ...fields } = request as StoredRequest & { readonly prompt?: string };
  return {
    ...(prompt !== undefined && { prompt: shorten(prompt, MAX_PROMPT) }),
    ...fields,
    ...(inputImages !== undefined && { inputImages: inputImages.map(inputText) }),
    ...(mask !== undefined && { mask: inputText(mask) }),
  };
}

type Input = NonNullable<StoredRequest['mask']>;

const inputText = (input: Input): string => (typeof input === 'string' ? (input.split('?')[0] ?? '') : input.artifact);

/** @param paths of its images @returns one line for each fact */
export function workFacts(work: QueuedWork, paths: readonly string[]): readonly string[] {
  const { request, error, runAt, createdAt, endedAt, leaseUntil, attempt, result } = work;
  const { prompt, ...fields } = request === undefined ? { prompt: undefined } : shownRequest(request);
  const explained = error && inCommandWords(error);
  const rows: readonly (readonly [name: string, value: string | undefined])[] = [
    ['id', work.id],
    ['state', `${work.state}${work.isCancelRequested && work.state === 'active' ? ', is being cancelled' : ''}`],
    ['queue', work.queue],
    ['provider', work.provider],
    ['prompt', prompt === undefined ? undefined : String(prompt)],
    ['request', request === undefined ? 'its version can be read by a newer version only' : requestText(fields)],
    ['priority', String(work.priority)],
    ['added', timeOf(createdAt.getTime())],
    ['not before', runAt > createdAt ? timeOf(runAt.getTime()) : undefined],
    ['attempts', String(attempt)],
    ['worker', work.worker],
    ['lease until', leaseUntil && timeOf(leaseUntil.getTime())],
    ['ended', endedAt && timeOf(endedAt.getTime())],
    ['error', explained && `${explained.message} (${explained.code})`],
    ['what to do', explained?.hint],
    ['charged', explained?.charged],
    ...(result?.artifacts ?? []).map((id, index) => ['image', `${id} ${paths[index] ?? ''}`.trimEnd()] as const),
    ...(result?.notes ?? []).map((note) => ['note', note] as const),
  ];
  const known = rows.filter((row): row is readonly [string, string] => row[1] !== undefined && row[1] !== '');
  return alignColumns(known, Number.POSITIVE_INFINITY);
}

/** Formats fields as `size 64x64, n 2`, without the provider, which has its own row. Values other than texts are JSON. */
const requestText = (fields: Readonly<Record<string, unknown>>): string =>
  Object.entries(fields)
    .filter(
      ([name, value]) => name !== 'session' && name !== 'provider' && !(Array.isArray(value) && value.length === 0),
    )
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');

/** @returns e.g. `3 waiting, 1 dead; the oldest waits 5 min` */
export function countsText(counts: readonly QueueCounts[]): string {
  const sums = new Map<string, number>();
  for (const { states } of counts) {
    for (const [state, count] of Object.entries(states)) sums.set(state, (sums.get(state) ?? 0) + count);
  }
  const parts = [...sums].flatMap(([state, count]) => (count > 0 ? [`${count} ${state}`] : []));
  const oldest = Math.max(0, ...counts.map(({ oldestWaitingMs }) => oldestWaitingMs));
  const unreadable = counts.reduce((sum, each) => sum + each.unreadable, 0);
  return [
    parts.length === 0 ? 'the queue is empty' : parts.join(', '),
    ...(oldest >= 1000 ? [`the oldest waits ${durationText(oldest)}`] : []),
    ...(unreadable > 0 ? [`${unreadable} waiting for a newer version of the worker`] : []),
  ].join('; ');
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

export function durationText(ms: number): string {
  const [unit, size] = UNITS.find(([, size]) => ms >= size) ?? ['s', 1000];
  return `${Math.floor(ms / size)} ${unit}`;
}

/** The reason of a pause that a person made without a reason. */
export const NO_REASON = 'paused with imagen queue pause';

export function pauseText({ kind, name, untilMs, reason }: Pause): string {
  const until =
    untilMs === undefined ? `To resume it: imagen queue resume --${kind} ${name}` : `Until ${timeOf(untilMs)}.`;
  return `the ${kind} ${name} is paused${reason === NO_REASON ? '' : `: ${reason}`}. ${until}`;
}
