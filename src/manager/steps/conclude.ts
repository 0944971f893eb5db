/** What a finished or failed call leaves in the ledger and on record. What may still be charged or fetched stays open. */
import type { AiImageError, Cost, ImageGeneration, JobHandle } from '../../providers/protocol/index.ts';
import type { JobEnd, JobRecords, Ledger } from '../../store/interfaces.ts';
import { lastTryOf } from '../jobs/job-states.ts';
import { isAmount, toMicros } from '../limits/ledger.ts';
import type { Reservation } from './budget.ts';

export interface Books {
  readonly records: JobRecords;
  readonly ledger: Ledger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** One job of a call: a record and a promise of its own, so that its end says nothing about the other jobs. */
export interface ConcludedPart {
  /** Of its record. */
  readonly id: string;
  readonly reservation: string;
  readonly images: number;
  readonly job: JobHandle;
}

/** A call of this process. */
export interface OwnCall {
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly promised: Reservation;
  /** Those that are on record. The first one has the record and the promise of the call. */
  readonly parts: ConcludedPart[];
  /** Records that this process works on. */
  readonly underWay: Set<string>;
}

type Errors = readonly AiImageError[];

/** Puts a job on record with its share of the promise. */
export async function recordJob(job: JobHandle, images: number, call: OwnCall, records: JobRecords): Promise<void> {
  const { id, promised, parts } = call;
  if (parts.length === 0) parts.push({ id, reservation: promised.id, images, job });
  else return recordFurther(job, images, call, records);
  await records.submitted(id, job);
}

async function recordFurther(job: JobHandle, images: number, call: OwnCall, records: JobRecords): Promise<void> {
  const part = await beginPart(images, call, records);
  call.parts.push({ ...part, images, job });
  call.underWay.add(part.id);
  await records.submitted(part.id, job);
}

/**
 * After a generation with at least one image. What cannot be written down must not lose it.
 * @param isKept its images are in the store; a job whose images are not can be fetched again
 * @returns what could not be written down, in words for a person
 */
export async function concludeCall(
  { images, failures, cost }: ImageGeneration,
  call: OwnCall,
  books: Books,
  isKept: boolean,
): Promise<readonly string[]> {
  const { records, ledger } = books;
  const errors = failures.map(({ error }) => error);
  const recorded = await failuresOf([
    [PARTS_UNWRITTEN, recordNamed(errors, call, books, recordFurther)],
    [PARTS_UNWRITTEN, splitDoubt(errors, call, books)],
  ]);
  const parts = call.parts.map((part) => ({ ...part, errors: about(part, errors, call) }));
  // Images that came without a job are on the record of the call.
  const rest = Math.max(images.length - parts.reduce((sum, part) => sum + part.images, 0), 1);
  const own = { id: call.id, reservation: call.promised.id, images: rest, errors: [], job: undefined };
  const all = parts.some(({ id }) => id === call.id) ? parts : [own, ...parts];
  const open = all.filter((part) => !part.errors.every(({ endsJob }) => endsJob));
  // Errors about fewer images than a job has: it brought the others.
  const isFailed = (part: (typeof all)[number]) => all.length > 1 && part.errors.length >= part.images;
  const ended = all.filter((part) => !open.includes(part));
  const failed = ended.filter(isFailed);
  const done = ended.filter((part) => !isFailed(part));
  const payers = done.length > 0 ? done : open.filter((part) => !isFailed(part)).slice(0, 1);
  const written = await failuresOf([
    ['the cost could not be written down', payFor(payers.length > 0 ? payers : all.slice(0, 1), done, cost, ledger)],
    ...done.map(({ id }) => [DONE_UNWRITTEN, isKept ? records.end(id, 'done') : undefined] as const),
    ...failed.map((part) => [PARTS_UNWRITTEN, endFailed(part, part.errors, books)] as const),
    ...open.map(({ id, errors: why, job }) => [PARTS_UNWRITTEN, job && leaveOpen(id, why, job, books)] as const),
  ]);
  return [...new Set([...recorded, ...written])];
}

const PARTS_UNWRITTEN = 'what may still come could not be written down';
const DONE_UNWRITTEN = 'the call could not be marked as done';

type Payer = Pick<ConcludedPart, 'reservation' | 'images'>;

/** The cost is that of all images together: each job that brought some has its share. At no time the ledger says less. */
async function payFor(payers: readonly Payer[], done: readonly Payer[], cost: Cost, ledger: Ledger): Promise<void> {
  const { micros: total, basis } = amountOf(cost);
  const [first, ...others] = payers;
  if (first === undefined) return;
  const isOpen = done.length === 0;
  if (total !== undefined && (isOpen || others.length > 0)) await ledger.settle(first.reservation, total, 'promised');
  if (isOpen) return;
  const images = payers.reduce((sum, part) => sum + part.images, 0);
  let left = total;
  for (const part of others) {
    const micros = total === undefined ? undefined : Math.floor((total * part.images) / images);
    await ledger.settle(part.reservation, micros, micros === undefined ? 'estimated' : basis);
    if (left !== undefined) left -= micros ?? 0;
  }
  await ledger.settle(first.reservation, left, left === undefined ? 'estimated' : basis);
}

/** Waits for all; none of them stops another. */
async function failuresOf(
  works: readonly (readonly [failure: string, work: Promise<void> | undefined])[],
): Promise<readonly string[]> {
  const settled = await Promise.allSettled(works.map(([, work]) => work));
  return works.flatMap(([failure], at) => (settled[at]?.status === 'rejected' ? [failure] : []));
}

/** After an error. */
export async function concludeFailure(error: AiImageError, call: OwnCall, books: Books): Promise<void> {
  const { id, promised, parts } = call;
  const { records } = books;
  const errors = error.failures.length > 0 ? error.failures.map((failure) => failure.error) : [error];
  await recordNamed(errors, call, books, recordJob);
  if (parts.length === 0) {
    if (error.charged === 'no') {
      await promised.release();
      return records.end(id, 'failed');
    }
    await records.end(id, 'unknown');
    return records.leaveOpen(id, lastTryOf(error, books.now()));
  }
  // With one job, errors that name none are about it.
  const isAboutOne = parts.length === 1 && errors.every(({ job }) => !job);
  if (!isAboutOne) await splitDoubt(errors, call, books);
  // The first job has what is left of the promise, so also what images without a job may have cost.
  const others = errors.filter((each) => !each.job && !isDoubtful(each));
  for (const part of parts) {
    const own = isAboutOne ? errors : about(part, errors, call);
    if (own.length > 0 && own.every(({ endsJob }) => endsJob)) {
      await endFailed(part, part.id === id ? [...own, ...others] : own, books);
    } else await leaveOpen(part.id, own.length > 0 ? own : [error], part.job, books);
  }
}

/** In doubt the promise counts as spent. */
async function endFailed({ id, reservation }: Pick<ConcludedPart, 'id' | 'reservation'>, errors: Errors, books: Books) {
  if (errors.every(({ charged }) => charged === 'no')) await books.ledger.release(reservation);
  await books.records.end(id, 'failed');
}

/** After `resume` brought a job's images. */
export async function concludeResumed(
  { failures, cost }: ImageGeneration,
  { id, reservation }: { readonly id: string; readonly reservation: string },
  job: JobHandle,
  books: Books,
): Promise<void> {
  const open = failures.map(({ error }) => error).filter(({ endsJob, charged }) => !endsJob && charged !== 'no');
  const end: JobEnd = { state: 'done', ...amountOf(cost) };
  if (open.length === 0) return endJob(id, reservation, job, end, books);
  // What came is paid for; what is broken may come whole another time.
  if (end.micros !== undefined) await books.ledger.settle(reservation, end.micros, 'promised');
  await leaveOpen(id, open, job, books);
}

/** After `resume` failed. */
export async function concludeUnresumed(
  error: AiImageError,
  { id, reservation }: { readonly id: string; readonly reservation: string },
  job: JobHandle,
  books: Books,
): Promise<void> {
  if (error.endsJob) await endJob(id, reservation, job, endOfFailed([error]), books);
  else await leaveOpen(id, [error], job, books);
}

/** The amount is written before the end: a crash between them leaves the ledger at no less than the vendor charged. */
async function endJob(
  id: string,
  reservation: string,
  { id: job }: JobHandle,
  end: JobEnd,
  { records, ledger }: Books,
): Promise<void> {
  if (end.micros !== undefined) await ledger.settle(reservation, end.micros, 'promised');
  const { isOver, micros, basis } = await records.endJob(id, job, end);
  if (!isOver) return;
  if (end.state === 'failed' && micros === 0) await ledger.release(reservation);
  else if (end.state === 'done' || micros !== undefined)
    await ledger.settle(reservation, micros, micros === undefined ? 'estimated' : basis);
}

const leaveOpen = async (
  id: string,
  [error]: Errors,
  { id: job }: JobHandle,
  { records, now }: Books,
): Promise<void> => {
  if (error) await records.leaveOpen(id, lastTryOf(error, now()), job);
};

/** Errors of one job. Result links all have one id: there the handle itself tells them apart. */
const about = ({ job }: ConcludedPart, errors: Errors, { parts }: OwnCall): Errors =>
  errors.filter(
    ({ job: named }) => named === job || (named?.id === job.id && !parts.some((other) => other.job === named)),
  );

/** A job that only an error names is put on record: a vendor's result links, or the job of a provider that does not report jobs. */
async function recordNamed(errors: Errors, call: OwnCall, { records }: Books, record: typeof recordJob): Promise<void> {
  const reported = new Set(call.parts.map(({ job }) => job.id));
  for (const job of new Set(errors.flatMap((error) => error.job ?? []))) {
    if (!reported.has(job.id)) await record(job, errors.filter((error) => error.job === job).length, call, records);
  }
}

// What is surely charged came with an answer, and its cost is in that of the answer.
const isDoubtful = ({ job, endsJob, charged }: AiImageError): boolean => !job && !endsJob && charged === 'unknown';

/**
 * Images of which no job and no answer tells are a call of their own in doubt, with their part of the promise: what became of the others
 * is written down without them.
 */
async function splitDoubt(errors: Errors, call: OwnCall, { records, now }: Books): Promise<void> {
  const doubtful = errors.filter(isDoubtful);
  const [first] = doubtful;
  if (first === undefined) return;
  const { id } = await beginPart(doubtful.length, call, records);
  await records.end(id, 'unknown');
  await records.leaveOpen(id, lastTryOf(first, now()));
}

/** Puts a part of a call on record as a call of its own. */
async function beginPart(images: number, { provider, model, promised }: OwnCall, records: JobRecords) {
  const reservation = await promised.split(images);
  const id = randomKey();
  await records.begin({ id, provider, model, reservation });
  return { id, reservation };
}

/** A provider that reports nonsense is taken at its price table. */
const amountOf = ({ usd, basis }: Cost): Pick<JobEnd, 'micros' | 'basis'> => ({
  micros: isAmount(usd) ? toMicros(usd) : undefined,
  basis: isAmount(usd) && basis === 'reported' ? 'reported' : 'estimated',
});

const endOfFailed = (errors: Errors): JobEnd => ({
  state: 'failed',
  micros: errors.every(({ charged }) => charged === 'no') ? 0 : undefined,
  basis: 'reported',
});

/** Whether another request cannot pay twice. A job may still bring its image, whatever the last answer about it said. */
export const isFree = ({ charged, job, endsJob }: AiImageError): boolean =>
  charged === 'no' && (job === undefined || endsJob);

/** 128 random bits in hex. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
