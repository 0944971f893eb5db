/** Writes the outcome of a finished or failed call to the ledger and the records. What may still be charged or fetched stays open. */
import type { AiImageError, Charged, Cost, ImageGeneration } from '../../providers/protocol/index.ts';
import type { Ledger, StoredArtifact } from '../../store/interfaces.ts';
import type { Accounts, ActiveCall, Errors, JobPart } from './accounts.ts';
import { amountOf } from './amount-of.ts';
import { leaveOpen } from './conclude-job.ts';
import { lastAttemptOf } from './last-attempt.ts';
import {
  errorsAbout,
  isOutcomeUnknown,
  recordFurtherJob,
  recordJob,
  recordJobsOfErrors,
  splitUnknown,
} from './record-jobs.ts';

export interface StoredImages {
  readonly saved: readonly StoredArtifact[];
  /** The images are in the store, or there is none. A job whose images are not can be fetched again. */
  readonly isStored: boolean;
}

/**
 * Concludes a call that returned at least one image. A failed write must not lose the image, so it is reported and not thrown.
 * @returns a note for each kind of failed write
 */
export async function concludeCall(
  { images, failures, cost }: ImageGeneration,
  call: ActiveCall,
  accounts: Accounts,
  { saved, isStored }: StoredImages,
): Promise<readonly string[]> {
  const { records, ledger } = accounts;
  const errors = failures.map(({ error }) => error);
  const recorded = await notesOfFailed([
    [OPEN_PARTS_NOTE, recordJobsOfErrors(errors, call, accounts, recordFurtherJob)],
    [OPEN_PARTS_NOTE, splitUnknown(errors, call, accounts)],
  ]);
  const parts = call.parts.map((part) => ({ ...part, errors: errorsAbout(part, errors, call) }));
  // Images without a job belong to the record of the call.
  const rest = Math.max(images.length - parts.reduce((sum, part) => sum + part.images, 0), 1);
  const own = { id: call.id, reservation: call.reserved.id, images: rest, errors: [], job: undefined };
  const all = parts.some(({ id }) => id === call.id) ? parts : [own, ...parts];
  const open = all.filter((part) => !part.errors.every(({ endsJob }) => endsJob));
  // A job with fewer errors than images has returned the other images.
  const isFailed = (part: (typeof all)[number]) => all.length > 1 && part.errors.length >= part.images;
  const ended = all.filter((part) => !open.includes(part));
  const failed = ended.filter(isFailed);
  const done = ended.filter((part) => !isFailed(part));
  const costBearers = done.length > 0 ? done : open.filter((part) => !isFailed(part)).slice(0, 1);
  const artifacts = saved.map(({ id }) => id);
  const written = await notesOfFailed([
    [
      'the cost could not be recorded',
      recordCosts(costBearers.length > 0 ? costBearers : all.slice(0, 1), done, cost, ledger),
    ],
    // Which image is of which job is not known, so the first record has the ids of all.
    ...done.map(
      ({ id }, index) =>
        [DONE_NOTE, isStored ? records.end(id, 'done', index === 0 ? { artifacts } : {}) : undefined] as const,
    ),
    ...failed.map((part) => [OPEN_PARTS_NOTE, endFailed(part, part.errors, accounts)] as const),
    ...open.map(({ id, errors: why, job }) => [OPEN_PARTS_NOTE, job && leaveOpen(id, why, job, accounts)] as const),
  ]);
  return [...new Set([...recorded, ...written])];
}

const OPEN_PARTS_NOTE = 'jobs that may still return images could not be recorded';
const DONE_NOTE = 'the call could not be marked as done';

type CostBearer = Pick<JobPart, 'reservation' | 'images'>;

/** Splits the cost of all images among the jobs that returned some. The ledger shows at least the total at every moment. */
async function recordCosts(
  costBearers: readonly CostBearer[],
  done: readonly CostBearer[],
  cost: Cost,
  ledger: Ledger,
): Promise<void> {
  const { micros: total, basis } = amountOf(cost);
  const [first, ...others] = costBearers;
  if (first === undefined) return;
  const isOpen = done.length === 0;
  if (total !== undefined && (isOpen || others.length > 0)) await ledger.raiseReservation(first.reservation, total);
  if (isOpen) return;
  const images = costBearers.reduce((sum, part) => sum + part.images, 0);
  let left = total;
  for (const part of others) {
    const micros = total === undefined ? undefined : Math.floor((total * part.images) / images);
    await ledger.recordCost(part.reservation, micros, micros === undefined ? 'estimated' : basis);
    if (left !== undefined) left -= micros ?? 0;
  }
  await ledger.recordCost(first.reservation, left, left === undefined ? 'estimated' : basis);
}

/** Waits for all writes; a failed one does not stop the others. */
async function notesOfFailed(
  writes: readonly (readonly [note: string, write: Promise<void> | undefined])[],
): Promise<readonly string[]> {
  const settled = await Promise.allSettled(writes.map(([, write]) => write));
  return writes.flatMap(([note], index) => (settled[index]?.status === 'rejected' ? [note] : []));
}

/** Concludes a call that returned no image. */
export async function concludeFailure(error: AiImageError, call: ActiveCall, accounts: Accounts): Promise<void> {
  const { id, reserved, parts } = call;
  const { records } = accounts;
  const errors = error.failures.length > 0 ? error.failures.map((failure) => failure.error) : [error];
  await recordJobsOfErrors(errors, call, accounts, recordJob);
  if (parts.length === 0) {
    if (error.charged === 'no') {
      await reserved.release();
      return records.end(id, 'failed', { charged: 'no', error: lastAttemptOf(error, accounts.now()) });
    }
    await records.end(id, 'unknown');
    return records.leaveOpen(id, lastAttemptOf(error, accounts.now()));
  }
  // With one job, errors that name no job are about it.
  const isAboutOne = parts.length === 1 && errors.every(({ job }) => !job);
  if (!isAboutOne) await splitUnknown(errors, call, accounts);
  // The first job holds the rest of the reservation, which also covers images without a job.
  const others = errors.filter((each) => !each.job && !isOutcomeUnknown(each));
  for (const part of parts) {
    const own = isAboutOne ? errors : errorsAbout(part, errors, call);
    if (own.length > 0 && own.every(({ endsJob }) => endsJob)) {
      await endFailed(part, part.id === id ? [...own, ...others] : own, accounts);
    } else await leaveOpen(part.id, own.length > 0 ? own : [error], part.job, accounts);
  }
}

/** Releases the reservation only where certainly nothing was charged; otherwise it counts as spent. */
async function endFailed(
  { id, reservation }: Pick<JobPart, 'id' | 'reservation'>,
  errors: Errors,
  { ledger, records, now }: Accounts,
): Promise<void> {
  const charged = chargedOf(errors);
  if (charged === 'no') await ledger.release(reservation);
  const [error] = errors;
  await records.end(id, 'failed', { charged, ...(error && { error: lastAttemptOf(error, now()) }) });
}

function chargedOf(errors: Errors): Charged {
  if (errors.every(({ charged }) => charged === 'no')) return 'no';
  return errors.some(({ charged }) => charged === 'yes') ? 'yes' : 'unknown';
}
