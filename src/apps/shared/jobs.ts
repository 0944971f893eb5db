/** Jobs on record: found by their ids, fetched, called off. Buys nothing. */

import { keepJobsOpenMsOf } from '../../config/create-manager-from-config.ts';
import {
  type ImageManager,
  isAiImageError,
  type JobRecord,
  type ManagerContext,
  type StoredGeneration,
} from '../../index.ts';
import { asOf } from '../../manager/jobs/job-states.ts';
import { findProvider } from '../../providers/registry.ts';
import type { Store } from '../../store/index.ts';
import { idOf, LINKS, nameJob } from '../cli/job-names.ts';
import type { Saved } from '../cli/output/save-images.ts';
import { saveInStore } from '../cli/output/write-results.ts';
import { keepWhatCame, type Refuge } from '../cli/system/rescue.ts';
import { UsageError } from '../cli/usage-error.ts';
import type { AppContext } from './open-app.ts';

const LEAST_LETTERS = 4;

/** All that is on record, with the states that hold now. */
export async function jobsOf({ config }: Pick<AppContext, 'config'>, { jobs }: Store): Promise<readonly JobRecord[]> {
  const clock = { now: Date.now(), keepOpenMs: keepJobsOpenMsOf(config) };
  return (await jobs.list()).map((job) => asOf(job, clock));
}

/** @param start of a job's or a call's id, or all of it @throws UsageError */
export function findJob(all: readonly JobRecord[], start: string): JobRecord {
  const shown = JSON.stringify(start.slice(0, 64));
  const [exact, other] = all.filter((job) => job.handle?.id === start || job.id === start);
  if (exact && (other === undefined || start !== LINKS)) return exact;
  const found =
    start.length < LEAST_LETTERS ? [] : all.filter((job) => idOf(job).startsWith(start) || job.id.startsWith(start));
  const [only, another] = found;
  if (only === undefined) throw new UsageError(`there is no job ${shown} on record`, 'imagen jobs list shows them.');
  if (another === undefined) return only;
  throw new UsageError(`${shown} begins the ids of several jobs`, `Give more of it: ${found.map(idOf).join(', ')}`);
}

/** @throws UsageError: it cannot be fetched or called off from here */
export function requireFree(job: JobRecord): void {
  const id = idOf(job);
  if (job.handle === undefined) {
    throw new UsageError(
      `${id} has no job at its vendor that could be asked about`,
      `It may have been charged, and only ${job.provider} knows: look there, then end it with imagen jobs settle ${id}.`,
    );
  }
  if (job.isHeld) {
    throw new UsageError(`another process is working on ${id}`, 'Wait for it, or end that process first.');
  }
}

/** Managers by the provider a job is at: each is asked with its own key alone. `isFresh`: in the place of one that was closed. */
export type ManagerOf = (job: JobRecord, options?: { readonly isFresh: boolean }) => ImageManager;

export function managersOf(bench: AppContext): ManagerOf {
  const made = new Map<string, ImageManager>();
  return ({ provider, handle }, { isFresh } = { isFresh: false }) => {
    const isKnown = Object.hasOwn(bench.config.backends, provider) || findProvider(provider) !== undefined;
    // A backend of a configuration that has changed since: its vendor is still there.
    const name = isKnown ? provider : (handle?.provider ?? provider);
    const manager = (isFresh ? undefined : made.get(name)) ?? bench.manager([name]);
    made.set(name, manager);
    return manager;
  };
}

export type Fetched =
  | { readonly job: JobRecord; readonly generation: StoredGeneration; readonly saved: readonly Saved[] }
  | { readonly job: JobRecord; readonly error: unknown };

export interface Fetching extends Pick<ManagerContext, 'onEvent' | 'deadlineMs'> {
  readonly store: Store;
  readonly managerOf: ManagerOf;
  readonly signal: AbortSignal;
  /** Where images go that the store does not take. */
  readonly refuge: Omit<Refuge, 'store'>;
  readonly onFinished?: (finished: number) => void;
}

/** One after the other is slow, all at once is rude. */
const AT_ONCE = 4;

/** In the order of the jobs. What fails does not take the others with it. */
export async function fetchJobs(jobs: readonly JobRecord[], fetching: Fetching): Promise<readonly Fetched[]> {
  const fetched: Fetched[] = [];
  const todo = [...jobs.entries()];
  let finished = 0;
  const work = async () => {
    for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
      const [at, job] = next;
      fetched[at] = await fetchJob(job, fetching);
      fetching.onFinished?.(++finished);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, jobs.length) }, work));
  return fetched;
}

async function fetchJob(job: JobRecord, fetching: Fetching): Promise<Fetched> {
  const { store, managerOf, signal, deadlineMs, onEvent } = fetching;
  const refuge = { ...fetching.refuge, store };
  try {
    await claim(job, store);
    const context = { signal, onEvent, ...(deadlineMs !== undefined && { deadlineMs }) };
    const generation = await managerOf(job).resume(job.handle ?? job.id, context);
    return { job, generation: withName(generation, job), saved: await saveInStore(generation, refuge) };
  } catch (error) {
    return { job, error: nameJob(await keepWhatCame(error, refuge), job) };
  }
}

const withName = (generation: StoredGeneration, record: JobRecord): StoredGeneration =>
  generation.job ? { ...generation, job: { ...generation.job, id: idOf(record) } } : generation;

/** Of two who want it, one gets it. */
async function claim(job: JobRecord, { jobs }: Store): Promise<void> {
  if (!(await jobs.claim(job.id))) requireFree({ ...job, isHeld: true });
}

/** How calling a job off went. */
export type CalledOff =
  /** It was done before, or the vendor finished it all the same: its pictures are kept. */
  | { readonly kind: 'done'; readonly generation: StoredGeneration; readonly saved: readonly Saved[] }
  /** The vendor says that it is over. */
  | { readonly kind: 'over'; readonly says: string }
  /** It goes on: the vendor knows no cancelling, or took no notice. */
  | { readonly kind: 'goes-on' };

/** For the first question, and for the answer to it. */
const LOOK_MS = 30_000;
/** How long a vendor may take until it says that a job is called off. */
const SETTLE_MS = 5_000;

/**
 * Asks the vendor how the job stands; where it is under way, calls it off; then asks again how it ended. A finished picture is paid for:
 * it is brought home and never thrown away.
 * @throws AiImageError: the vendor could not be asked; then nothing is known to have changed
 */
export async function callOff(
  job: JobRecord,
  fetching: Pick<Fetching, 'store' | 'managerOf' | 'signal' | 'refuge'>,
): Promise<CalledOff> {
  const refuge = { ...fetching.refuge, store: fetching.store };
  try {
    return await callOffClaimed(job, fetching, refuge);
  } catch (error) {
    throw nameJob(await keepWhatCame(error, refuge), job);
  }
}

async function callOffClaimed(
  job: JobRecord,
  { store, managerOf, signal }: Pick<Fetching, 'store' | 'managerOf' | 'signal'>,
  refuge: Refuge,
): Promise<CalledOff> {
  await claim(job, store);
  const manager = managerOf(job);
  const stop = new AbortController();
  const first = await ended(
    manager.resume(job.handle ?? job.id, {
      signal: AbortSignal.any([signal, stop.signal]),
      deadlineMs: LOOK_MS,
      onEvent: ({ type }) => {
        // An aborted wait is what makes the provider call the job off.
        if (type === 'queued' || type === 'progress') stop.abort();
      },
    }),
  );
  if (first.kind !== 'aborted' || signal.aborted) return decided(first, refuge);
  await manager.close(); // waits until the vendor has been told, and takes no further call
  const then = await ended(
    managerOf(job, { isFresh: true }).resume(job.handle ?? job.id, { signal, deadlineMs: SETTLE_MS }),
  );
  return then.kind === 'timeout' ? { kind: 'goes-on' } : decided(then, refuge);
}

async function decided(end: Ended, refuge: Refuge): Promise<CalledOff> {
  if (end.kind === 'over') return end;
  if (end.kind === 'done') return { ...end, saved: await saveInStore(end.generation, refuge) };
  throw end.error;
}

type Ended =
  | { readonly kind: 'done'; readonly generation: StoredGeneration }
  | { readonly kind: 'over'; readonly says: string }
  | { readonly kind: 'aborted' | 'timeout'; readonly error: unknown };

async function ended(fetching: Promise<StoredGeneration>): Promise<Ended> {
  try {
    return { kind: 'done', generation: await fetching };
  } catch (error) {
    if (!isAiImageError(error)) throw error;
    if (error.endsJob) return { kind: 'over', says: error.message };
    if (error.code === 'aborted' || error.code === 'timeout') return { kind: error.code, error };
    throw error;
  }
}
