/** Lists jobs on record, fetches their results and cancels them. Never starts a new generation. */
import { keepJobsOpenMsOf } from '../../config/create-manager-from-config.ts';
import {
  type Charged,
  type ImageManager,
  isAiImageError,
  type JobRecord,
  type ManagerContext,
  type StoredGeneration,
} from '../../index.ts';
import { asOf } from '../../manager/jobs/job-states.ts';
import { findProvider } from '../../providers/registry.ts';
import type { Store } from '../../store/index.ts';
import { AppError } from './app-error.ts';
import { jobIdOf, RESULT_LINKS_ID, withJobId } from './job-names.ts';
import type { AppContext } from './open-app.ts';

const MIN_ID_LENGTH = 4;

/** Returns every job on record, with its current state. */
export async function listJobs({ config }: Pick<AppContext, 'config'>, { jobs }: Store): Promise<readonly JobRecord[]> {
  const clock = { now: Date.now(), keepOpenMs: keepJobsOpenMsOf(config) };
  return (await jobs.list()).map((job) => asOf(job, clock));
}

/** @param prefix the id of a job or a call, or its first characters @throws AppError when no job or several jobs match */
export function findJob(all: readonly JobRecord[], prefix: string): JobRecord {
  const shown = JSON.stringify(prefix.slice(0, 64));
  const [exact, other] = all.filter((job) => job.handle?.id === prefix || job.id === prefix);
  if (exact && (other === undefined || prefix !== RESULT_LINKS_ID)) return exact;
  const found =
    prefix.length < MIN_ID_LENGTH
      ? []
      : all.filter((job) => jobIdOf(job).startsWith(prefix) || job.id.startsWith(prefix));
  const [only, another] = found;
  if (only === undefined) {
    throw new AppError('job_not_found', `no job with the id ${shown} is on record`, {
      hint: 'List the jobs on record.',
    });
  }
  if (another === undefined) return only;
  throw new AppError('id_ambiguous', `several jobs have an id that begins with ${shown}`, {
    hint: `Give more characters: ${found.map(jobIdOf).join(', ')}`,
  });
}

/** @throws AppError when the job has nothing to fetch, or another process works on it */
export function requireResumable(job: JobRecord): void {
  const id = jobIdOf(job);
  if (job.handle === undefined) {
    throw new AppError('job_without_handle', `${id} has no job at ${job.provider} that can be fetched or cancelled`, {
      hint: `It may have been charged. Check with ${job.provider}, then settle it.`,
      values: { id, provider: job.provider },
    });
  }
  if (job.isHeld) {
    throw new AppError('job_in_use', `another process is working on ${id}`, {
      hint: 'Wait until it has finished, or end that process.',
    });
  }
}

/** Returns the manager for a job's provider. `isFresh`: a new one, after the old one was closed. */
export type ManagerOf = (job: JobRecord, options?: { readonly isFresh: boolean }) => ImageManager;

/** One manager for each provider, so that each call uses that provider's key only. */
export function managersByProvider(app: AppContext): ManagerOf {
  const managers = new Map<string, ImageManager>();
  return ({ provider, handle }, { isFresh } = { isFresh: false }) => {
    const isKnown = Object.hasOwn(app.config.backends, provider) || findProvider(provider) !== undefined;
    // The backend may have been removed from the configuration; its vendor still has the job.
    const name = isKnown ? provider : (handle?.provider ?? provider);
    const manager = (isFresh ? undefined : managers.get(name)) ?? app.manager([name]);
    managers.set(name, manager);
    return manager;
  };
}

/** @template Saved what `saveImages` returns for each image */
export type Fetched<Saved> =
  | { readonly job: JobRecord; readonly generation: StoredGeneration; readonly saved: readonly Saved[] }
  | { readonly job: JobRecord; readonly error: unknown };

export interface FetchSettings<Saved> extends Pick<ManagerContext, 'onEvent' | 'deadlineMs'> {
  readonly store: Store;
  readonly managerOf: ManagerOf;
  readonly signal: AbortSignal;
  /** Reports where the images of a result are, and saves those that the store did not take. */
  readonly saveImages: (generation: StoredGeneration) => Promise<readonly Saved[]>;
  /** Saves bytes that came with an error. @returns the error, which names their place */
  readonly rescueBytes: (error: unknown) => Promise<unknown>;
  readonly onFinished?: (finished: number) => void;
}

/** Jobs fetched at the same time. */
const MAX_CONCURRENT = 4;

/** Fetches jobs. A job that fails does not stop the others. @returns results in the order of the jobs */
export async function fetchJobs<Saved>(
  jobs: readonly JobRecord[],
  settings: FetchSettings<Saved>,
): Promise<readonly Fetched<Saved>[]> {
  const fetched: Fetched<Saved>[] = [];
  const waiting = [...jobs.entries()];
  let finished = 0;
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [at, job] = next;
      fetched[at] = await fetchJob(job, settings);
      settings.onFinished?.(++finished);
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_CONCURRENT, jobs.length) }, work));
  return fetched;
}

async function fetchJob<Saved>(job: JobRecord, settings: FetchSettings<Saved>): Promise<Fetched<Saved>> {
  const { store, managerOf, signal, deadlineMs, onEvent, saveImages, rescueBytes } = settings;
  try {
    await claim(job, store);
    const context = { signal, onEvent, ...(deadlineMs !== undefined && { deadlineMs }) };
    const generation = await managerOf(job).resume(job.handle ?? job.id, context);
    return { job, generation: withRecordId(generation, job), saved: await saveImages(generation) };
  } catch (error) {
    return { job, error: withJobId(await rescueBytes(error), job) };
  }
}

const withRecordId = (generation: StoredGeneration, record: JobRecord): StoredGeneration =>
  generation.job ? { ...generation, job: { ...generation.job, id: jobIdOf(record) } } : generation;

/** Claims a job, so that only one process works on it. @throws AppError */
async function claim(job: JobRecord, { jobs }: Store): Promise<void> {
  if (!(await jobs.claim(job.id))) requireResumable({ ...job, isHeld: true });
}

/** How a cancellation ended. */
export type Cancellation<Saved> =
  /** The job had finished, or the vendor finished it anyway. Its images are saved. */
  | { readonly kind: 'done'; readonly generation: StoredGeneration; readonly saved: readonly Saved[] }
  /** The vendor says that the job has ended without an image. */
  | { readonly kind: 'ended'; readonly message: string; readonly charged: Charged }
  /** The job continues: the vendor cannot cancel it, or did not do so in time. */
  | { readonly kind: 'running' };

/** Time limit for the first poll. */
const FIRST_POLL_MS = 30_000;
/** Time limit for the vendor to confirm that a job is cancelled. */
const CONFIRM_MS = 5_000;

/**
 * Polls the vendor, cancels the job if it is still running, and polls again for how it ended. A finished image was paid for, so it is
 * fetched and saved.
 * @throws AiImageError the vendor could not be reached; the job may be unchanged
 */
export async function cancelJob<Saved>(
  job: JobRecord,
  settings: Pick<FetchSettings<Saved>, 'store' | 'managerOf' | 'signal' | 'saveImages' | 'rescueBytes'>,
): Promise<Cancellation<Saved>> {
  try {
    return await cancelClaimedJob(job, settings);
  } catch (error) {
    throw withJobId(await settings.rescueBytes(error), job);
  }
}

async function cancelClaimedJob<Saved>(
  job: JobRecord,
  { store, managerOf, signal, saveImages }: Pick<FetchSettings<Saved>, 'store' | 'managerOf' | 'signal' | 'saveImages'>,
): Promise<Cancellation<Saved>> {
  await claim(job, store);
  const manager = managerOf(job);
  const stop = new AbortController();
  const first = await readEnd(
    manager.resume(job.handle ?? job.id, {
      signal: AbortSignal.any([signal, stop.signal]),
      deadlineMs: FIRST_POLL_MS,
      onEvent: ({ type }) => {
        // Aborting the wait makes the provider cancel the job.
        if (type === 'queued' || type === 'progress') stop.abort();
      },
    }),
  );
  if (first.kind !== 'aborted' || signal.aborted) return toCancellation(first, saveImages);
  await manager.close(); // waits until the vendor has received the cancellation; the manager takes no further call
  const second = await readEnd(
    managerOf(job, { isFresh: true }).resume(job.handle ?? job.id, { signal, deadlineMs: CONFIRM_MS }),
  );
  return second.kind === 'timeout' ? { kind: 'running' } : toCancellation(second, saveImages);
}

async function toCancellation<Saved>(
  end: ResumeEnd,
  saveImages: FetchSettings<Saved>['saveImages'],
): Promise<Cancellation<Saved>> {
  if (end.kind === 'ended') return end;
  if (end.kind === 'done') return { ...end, saved: await saveImages(end.generation) };
  throw end.error;
}

type ResumeEnd =
  | { readonly kind: 'done'; readonly generation: StoredGeneration }
  | { readonly kind: 'ended'; readonly message: string; readonly charged: Charged }
  | { readonly kind: 'aborted' | 'timeout'; readonly error: unknown };

async function readEnd(resuming: Promise<StoredGeneration>): Promise<ResumeEnd> {
  try {
    return { kind: 'done', generation: await resuming };
  } catch (error) {
    if (!isAiImageError(error)) throw error;
    if (error.endsJob) return { kind: 'ended', message: error.message, charged: error.charged };
    if (error.code === 'aborted' || error.code === 'timeout') return { kind: error.code, error };
    throw error;
  }
}
