/** Records the jobs of a call. Each further job gets its own record and its share of the reservation. */
import type { AiImageError, JobHandle } from '../../providers/protocol/index.ts';
import type { JobRecords } from '../../store/interfaces.ts';
import type { Accounts, ActiveCall, Errors, JobPart } from './accounts.ts';
import { lastAttemptOf } from './last-attempt.ts';

/** Records a job with its share of the reservation. */
export async function recordJob(job: JobHandle, images: number, call: ActiveCall, records: JobRecords): Promise<void> {
  const { id, reserved, parts } = call;
  if (parts.length > 0) return recordFurtherJob(job, images, call, records);
  parts.push({ id, reservation: reserved.id, images, job });
  await records.submitted(id, job);
}

/** Records a job apart from the call's own record. */
export async function recordFurtherJob(
  job: JobHandle,
  images: number,
  call: ActiveCall,
  records: JobRecords,
): Promise<void> {
  const part = await beginPart(images, call, records);
  call.parts.push({ ...part, images, job });
  call.activeCalls.add(part.id);
  await records.submitted(part.id, job);
}

/** Records jobs that only an error names: a vendor's result links, or the job of a provider that does not report jobs. */
export async function recordJobsOfErrors(
  errors: Errors,
  call: ActiveCall,
  { records }: Accounts,
  record: typeof recordJob,
): Promise<void> {
  const reported = new Set(call.parts.map(({ job }) => job.id));
  for (const job of new Set(errors.flatMap((error) => error.job ?? []))) {
    if (!reported.has(job.id)) await record(job, errors.filter((error) => error.job === job).length, call, records);
  }
}

/** Images that were certainly charged came with a response, and their cost is in that of the response. */
export const isOutcomeUnknown = ({ job, endsJob, charged }: AiImageError): boolean =>
  !job && !endsJob && charged === 'unknown';

/**
 * Records images of unknown outcome (no job, no response) as a call of their own with their share of the reservation, so that the rest of
 * the call can be concluded without them.
 */
export async function splitUnknown(errors: Errors, call: ActiveCall, { records, now }: Accounts): Promise<void> {
  const unknown = errors.filter(isOutcomeUnknown);
  const [first] = unknown;
  if (first === undefined) return;
  const { id } = await beginPart(unknown.length, call, records);
  await records.end(id, 'unknown');
  await records.leaveOpen(id, lastAttemptOf(first, now()));
}

/** Records a part of a call as a call of its own. */
async function beginPart(
  images: number,
  { provider, model, reserved, nextId }: ActiveCall,
  records: JobRecords,
): Promise<Pick<JobPart, 'id' | 'reservation'>> {
  const reservation = await reserved.split(images);
  const id = nextId();
  await records.begin({ id, provider, model, reservation });
  return { id, reservation };
}

/** Returns the errors about one job. Result links all have one id: there the handle itself tells them apart. */
export const errorsAbout = ({ job }: JobPart, errors: Errors, { parts }: ActiveCall): Errors =>
  errors.filter(
    ({ job: named }) => named === job || (named?.id === job.id && !parts.some((other) => other.job === named)),
  );
