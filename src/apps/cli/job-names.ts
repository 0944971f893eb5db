/** The id by which the command line names a job, and by which `imagen jobs` finds it. */
import { type AiImageError, isAiImageError, type JobHandle, type JobRecord } from '../../index.ts';
import { withErrorDetails } from '../../providers/protocol/errors.ts';
import type { Store } from '../../store/index.ts';

/** The id of every handle of a vendor that has no jobs and answered with links. It tells no call from another. */
export const LINKS = 'result-links';

/** That of the vendor where it has one; else that of the call. */
export const idOf = ({ id, handle }: JobRecord): string =>
  handle === undefined || handle.id === LINKS ? id : handle.id;

/**
 * Names the call where the vendor gave its job no id of its own.
 * @returns the error, whose jobs have ids that find them; the same error where the ids do so already
 */
export async function nameJobs(error: unknown, store: Pick<Store, 'jobs'> | undefined): Promise<unknown> {
  if (store === undefined || !isAiImageError(error) || jobsOf(error).every(({ id }) => id !== LINKS)) return error;
  // Without the records the error is still the one to tell.
  const records = await store.jobs.list().catch(() => []);
  return renameJobs(error, (job) => records.find(({ handle }) => handle !== undefined && isSame(handle, job)));
}

/** Of an error about a job on record. */
export const nameJob = (error: unknown, record: JobRecord): unknown =>
  isAiImageError(error) ? renameJobs(error, () => record) : error;

/** All that an error tells of. */
export const jobsOf = ({ job, failures }: AiImageError): readonly JobHandle[] => [
  ...(job ? [job] : []),
  ...failures.flatMap(({ error }) => error.job ?? []),
];

function renameJobs(error: AiImageError, recordOf: (job: JobHandle) => JobRecord | undefined): AiImageError {
  const { job, failures } = error;
  const record = job?.id === LINKS ? recordOf(job) : undefined;
  return withErrorDetails(error, {
    ...(job && record && { job: { ...job, id: idOf(record) } }),
    failures: failures.map((failure) => ({ ...failure, error: renameJobs(failure.error, recordOf) })),
  });
}

/** A record may have no prompt; links and time tell two calls apart. */
const isSame = (one: JobHandle, other: JobHandle): boolean =>
  one.id === other.id &&
  one.provider === other.provider &&
  one.submittedAt === other.submittedAt &&
  JSON.stringify(one.state) === JSON.stringify(other.state);
