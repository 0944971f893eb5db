/** Fetches submitted jobs. Buys nothing. */
import { AiImageError, isAiImageError, type JobHandle } from '../../providers/protocol/index.ts';
import type { JobRecord, JobRecords, ManagerStore, StoredGeneration } from '../../store/interfaces.ts';
import { toArtifactContext } from '../steps/artifact-context.ts';
import type { Budget } from '../steps/budget.ts';
import { type Books, concludeResumed, concludeUnresumed } from '../steps/conclude.ts';
import type { Providers } from '../steps/plan.ts';
import { quarantineFailures, withQuarantine } from '../steps/quarantine.ts';
import { quietly } from '../tracing.ts';
import type { ManagerContext, ResumeOutcome } from '../types.ts';
import { asOf } from './job-states.ts';

export interface Resuming {
  readonly providers: Providers;
  readonly records: JobRecords;
  readonly store: ManagerStore | undefined;
  readonly budget: Budget;
  /** Calls that this manager makes. */
  readonly underWay: ReadonlySet<string>;
  /** Calls whose jobs this manager fetches. */
  readonly fetching: Set<string>;
  readonly keepOpenMs: number;
}

/** @throws AiImageError `invalid_request`: there is no such job; `not_configured`: its provider is not here; else the provider's */
export async function resume(
  asked: string | JobHandle,
  context: ManagerContext,
  resuming: Resuming,
): Promise<StoredGeneration> {
  const record = await recordOf(asked, resuming);
  const handle = typeof asked === 'string' ? record?.handle : asked;
  if (handle === undefined) {
    throw new AiImageError('invalid_request', 'there is no such job on record', { hint: 'images.jobs() lists them.' });
  }
  return fetchJob(handle, record, context, resuming);
}

/** Ids are the vendors' own, and two vendors may have the same one. */
async function recordOf(asked: string | JobHandle, { records }: Resuming): Promise<JobRecord | undefined> {
  if (typeof asked === 'string') return records.find(asked);
  const isAbout = ({ handle }: JobRecord) =>
    handle?.id === asked.id && handle.provider === asked.provider && handle.submittedAt === asked.submittedAt;
  const found = await records.find(asked.id);
  return found === undefined || isAbout(found) ? found : (await records.list()).find(isAbout);
}

async function fetchJob(
  handle: JobHandle,
  record: JobRecord | undefined,
  { onEvent, ...context }: ManagerContext,
  { providers, records, store, budget, fetching }: Resuming,
): Promise<StoredGeneration> {
  const [name, provider] =
    Object.entries(providers).find(([each]) => each === record?.provider) ??
    Object.entries(providers).find(([, { id }]) => id === handle.provider) ??
    [];
  if (name === undefined || provider === undefined) {
    const message = `the job is one of ${handle.provider}, which is not among the providers`;
    throw new AiImageError('not_configured', message, { hint: 'Make the manager with that provider.' });
  }
  const books: Books = { records, ledger: budget.ledger, now: budget.now };
  // What cannot be written down now must not lose the image. The job stays on record, and the next attempt writes it down.
  const writeDown = (work: Promise<void> | undefined) => work?.catch(() => undefined);
  if (record) fetching.add(record.id);
  try {
    const generation = await provider.resume(handle, {
      ...context,
      onEvent(event) {
        if (event.type !== 'done') quietly(() => onEvent?.(event));
      },
    });
    await quarantineFailures(generation, store);
    const circumstances = await toArtifactContext({ ...handle.request } as never, name, generation.applied);
    const kept = (await store?.save(generation, circumstances)) ?? [];
    await writeDown(record && concludeResumed(generation, record, handle, books));
    return { ...generation, kept };
  } catch (error) {
    if (!isAiImageError(error)) throw error;
    const told = await withQuarantine(error, store);
    await writeDown(record && concludeUnresumed(error, record, handle, books));
    throw told;
  } finally {
    if (record) fetching.delete(record.id);
  }
}

/** One after the other is slow, all at once is rude: a few. */
const AT_ONCE = 8;

export async function resumeAll(context: ManagerContext, resuming: Resuming): Promise<readonly ResumeOutcome[]> {
  const { records, budget, underWay, keepOpenMs } = resuming;
  const now = budget.now();
  const open = (await records.list())
    .map((record) => asOf(record, { now, keepOpenMs }))
    .filter(({ id, state, handle, isHeld }) => state === 'running' && handle && !isHeld && !underWay.has(id));
  const outcomes: ResumeOutcome[] = [];
  const todo = [...open];
  const work = async () => {
    for (let job = todo.shift(); job !== undefined; job = todo.shift()) {
      if (await records.claim(job.id)) outcomes.push(await outcomeOf(job, context, resuming));
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, todo.length) }, work));
  return outcomes;
}

async function outcomeOf(job: JobRecord, context: ManagerContext, resuming: Resuming): Promise<ResumeOutcome> {
  try {
    return { job, generation: await fetchJob(job.handle!, job, context, resuming) }; // it was looked for above
  } catch (error) {
    const known = isAiImageError(error) ? error : undefined;
    return { job, error: known ?? new AiImageError('internal', 'the job could not be fetched', { cause: error }) };
  }
}
