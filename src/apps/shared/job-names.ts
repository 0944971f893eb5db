/** The id by which apps show a job and find it again. */
import { type AiImageError, isAiImageError, type JobHandle, type JobRecord } from '../../index.ts';
import { withErrorDetails } from '../../providers/protocol/errors.ts';
import type { Store } from '../../store/index.ts';

/** The job id of every vendor that has no jobs and answered with links. It does not tell two calls apart. */
export const RESULT_LINKS_ID = 'result-links';

/** Returns the vendor's job id, or the id of the call where the vendor gave none of its own. */
export const jobIdOf = ({ id, handle }: JobRecord): string =>
  handle === undefined || handle.id === RESULT_LINKS_ID ? id : handle.id;

/** Replaces job ids that the vendor did not choose by the id of the call. @returns the same error where nothing changes */
export async function withJobIds(error: unknown, store: Pick<Store, 'jobs'> | undefined): Promise<unknown> {
  if (store === undefined || !hasSharedId(error)) return error;
  // Without the records, the original error is still worth reporting.
  const records = await store.jobs.list().catch(() => []);
  return renameJobs(error, (job) => records.find(({ handle }) => handle !== undefined && isSame(handle, job)));
}

/** Does the same for an error about one job on record. */
export const withJobId = (error: unknown, record: JobRecord): unknown =>
  hasSharedId(error) ? renameJobs(error, () => record) : error;

/** Returns every job that an error mentions. */
export const jobsOfError = ({ job, failures }: AiImageError): readonly JobHandle[] => [
  ...(job ? [job] : []),
  ...failures.flatMap(({ error }) => error.job ?? []),
];

const hasSharedId = (error: unknown): error is AiImageError =>
  isAiImageError(error) && jobsOfError(error).some(({ id }) => id === RESULT_LINKS_ID);

function renameJobs(error: AiImageError, recordOf: (job: JobHandle) => JobRecord | undefined): AiImageError {
  const { job, failures } = error;
  const record = job?.id === RESULT_LINKS_ID ? recordOf(job) : undefined;
  return withErrorDetails(error, {
    ...(job && record && { job: { ...job, id: jobIdOf(record) } }),
    failures: failures.map((failure) => ({ ...failure, error: renameJobs(failure.error, recordOf) })),
  });
}

/** Compares links and time: a record may have no prompt. */
const isSame = (one: JobHandle, other: JobHandle): boolean =>
  one.id === other.id &&
  one.provider === other.provider &&
  one.submittedAt === other.submittedAt &&
  JSON.stringify(one.state) === JSON.stringify(other.state);
