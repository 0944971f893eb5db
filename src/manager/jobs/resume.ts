/** Fetches the images of submitted jobs. Does not generate or charge anything. */
import { AiImageError, type ImageGeneration, isAiImageError, type JobHandle } from '../../providers/protocol/index.ts';
import { describeKind } from '../../providers/protocol/input/hide-keys.ts';
import { callOf } from '../../providers/protocol/shared/call-ids.ts';
import type { ArtifactContext, JobRecord, JobRecords, ManagerStore, StoredGeneration } from '../../store/interfaces.ts';
import type { Accounts } from '../accounting/accounts.ts';
import { concludeResumed, concludeResumeFailure } from '../accounting/conclude-job.ts';
import type { ManagerContext } from '../interfaces/generation.ts';
import type { ResumeOutcome } from '../interfaces/image-manager.ts';
import { toArtifactContext } from '../steps/artifact-context.ts';
import type { Budget } from '../steps/budget.ts';
import type { Providers } from '../steps/choose-targets.ts';
import { quarantineFailures, withQuarantine } from '../steps/quarantine.ts';
import { ignoreErrors } from '../tracing.ts';
import { asOf } from './job-states.ts';

export interface ResumeContext {
  readonly providers: Providers;
  readonly records: JobRecords;
  readonly store: ManagerStore | undefined;
  readonly budget: Budget;
  /** Ids of the calls that managers with these records make in this process. */
  readonly activeCalls: ReadonlySet<string>;
  /** Ids of the calls whose jobs they are fetching. */
  readonly fetching: Set<string>;
  readonly keepOpenMs: number;
}

/** @throws AiImageError `invalid_request`: no such job; `not_configured`: its provider is missing; else the provider's error */
export async function resume(
  job: string | JobHandle,
  context: ManagerContext,
  resumeContext: ResumeContext,
): Promise<StoredGeneration> {
  if (typeof job !== 'string' && typeof job?.id !== 'string') {
    throw new AiImageError('invalid_request', `resume: a job must be an id or a handle, not ${describeKind(job)}`, {
      hint: 'Pass the id of a job, error.job, or what submit returned.',
    });
  }
  const record = await findRecord(job, resumeContext);
  const handle = typeof job === 'string' ? record?.handle : job;
  if (handle === undefined) {
    throw new AiImageError('invalid_request', 'no such job is recorded', {
      hint: 'Call jobs() of the manager to see the recorded jobs.',
    });
  }
  return fetchJob(handle, record, context, resumeContext);
}

/** Job ids come from the vendors, and two vendors may use the same one. */
async function findRecord(job: string | JobHandle, { records }: ResumeContext): Promise<JobRecord | undefined> {
  if (typeof job === 'string') return records.find(job);
  const isOfJob = ({ handle }: JobRecord) =>
    handle?.id === job.id && handle.provider === job.provider && handle.submittedAt === job.submittedAt;
  const found = await records.find(job.id);
  return found === undefined || isOfJob(found) ? found : (await records.list()).find(isOfJob);
}

/** @throws AiImageError `not_configured`: its provider is missing; else the provider's error */
export async function fetchJob(
  handle: JobHandle,
  record: JobRecord | undefined,
  { onEvent, wantsPartialImages: _, ...context }: ManagerContext,
  { providers, records, store, budget, fetching }: ResumeContext,
): Promise<StoredGeneration> {
  const [name, provider] =
    Object.entries(providers).find(([each]) => each === record?.provider) ??
    Object.entries(providers).find(([, { id }]) => id === handle.provider) ??
    [];
  if (name === undefined || provider === undefined) {
    const message = `the job belongs to ${handle.provider}, which is not one of the providers`;
    throw new AiImageError('not_configured', message, {
      hint: `Add ${handle.provider} to the providers of the manager.`,
    });
  }
  const accounts: Accounts = { records, ledger: budget.ledger, now: budget.now };
  // A failed write must not lose the image. The job stays recorded, and the next attempt writes its outcome.
  const ignoreFailure = (write: Promise<void> | undefined) => write?.catch(() => undefined);
  if (record) fetching.add(record.id);
  try {
    const generation = await provider.resume(handle, {
      ...context,
      onEvent(event) {
        if (event.type !== 'done') ignoreErrors(() => onEvent?.(event));
      },
    });
    await quarantineFailures(generation, store);
    const artifactContext = await toArtifactContext(
      { ...handle.request } as never,
      name,
      generation.applied,
      record && callOf(record.id),
    );
    const saved = store === undefined ? [] : await saveImages(generation, artifactContext, store);
    await ignoreFailure(record && concludeResumed({ ...generation, saved }, record, handle, accounts));
    return { ...generation, saved };
  } catch (error) {
    if (!isAiImageError(error)) throw error;
    const quarantined = await withQuarantine(error, store);
    await ignoreFailure(record && concludeResumeFailure(error, record, handle, accounts));
    throw quarantined;
  } finally {
    if (record) fetching.delete(record.id);
  }
}

/** Saves the images. A store of the host may throw any error; the images then stay in `quarantine`, and their job open. */
async function saveImages(
  generation: ImageGeneration,
  context: ArtifactContext,
  store: ManagerStore,
): Promise<StoredGeneration['saved']> {
  try {
    return await store.save(generation, context);
  } catch (error) {
    if (isAiImageError(error)) throw error;
    const { provider, model, images, job } = generation;
    throw new AiImageError('storage_failed', 'the images of the job could not be stored', {
      provider,
      model,
      job,
      charged: 'unknown',
      hint: 'The job is still open: see error.cause, then call resume again. The bytes are in error.quarantine.',
      quarantine: images.map(({ imageBytes }) => imageBytes),
      cause: error,
    });
  }
}

/** Jobs that are fetched at the same time: enough to be quick, few enough to spare the vendors. */
const MAX_CONCURRENT_JOBS = 8;

export async function resumeAll(
  context: ManagerContext,
  resumeContext: ResumeContext,
): Promise<readonly ResumeOutcome[]> {
  const { records, budget, activeCalls, fetching, keepOpenMs } = resumeContext;
  const now = budget.now();
  const open = (await records.list())
    .map((record) => asOf(record, { now, keepOpenMs }))
    .filter(({ state, handle, isHeld }) => state === 'running' && handle && !isHeld)
    .filter(({ id }) => !activeCalls.has(id) && !fetching.has(id));
  const outcomes: ResumeOutcome[] = [];
  const waiting = [...open];
  const work = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      if (await records.claim(job.id)) outcomes.push(await outcomeOf(job, context, resumeContext));
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_CONCURRENT_JOBS, waiting.length) }, work));
  return outcomes;
}

async function outcomeOf(
  job: JobRecord,
  context: ManagerContext,
  resumeContext: ResumeContext,
): Promise<ResumeOutcome> {
  try {
    return { job, generation: await fetchJob(job.handle!, job, context, resumeContext) }; // open jobs have a handle
  } catch (error) {
    if (isAiImageError(error)) return { job, error };
    const hint = 'The job is still open. See error.cause, then call resumeAll again.';
    return { job, error: new AiImageError('internal', 'the job could not be fetched', { hint, cause: error }) };
  }
}
