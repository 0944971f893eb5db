/** Recorded calls and jobs. They belong to the store, as images do, and are shown without prompts. */
import type { ApiJob } from '../../../../client/schemas/jobs.ts';
import type { JobRecord } from '../../../../index.ts';
import type { Store } from '../../../../store/index.ts';
import { RESULT_LINKS_ID } from '../../../shared/job-names.ts';
import { HttpFault } from '../../http/http-fault.ts';
import { errorMessageOf } from '../answers/error-message.ts';
import { toGeneratedImages } from '../answers/to-images.ts';
import type { RouteHandler } from '../route-call.ts';

export const listJobs: RouteHandler<'listJobs'> = async ({ input, context }) => {
  const all = await context.manager.jobs();
  const found = input.open ? all.filter(({ endedAt }) => endedAt === undefined) : all;
  return { body: { jobs: found.map(toApiJob) } };
};

export const resumeJob: RouteHandler<'resumeJob'> = async (call) => {
  const { input, context } = call;
  const job = await findOpenJob(context.store, input.id);
  if (job.handle === undefined) {
    const message =
      'This call has no job that could be fetched. Look at the account of the vendor, then settle the call.';
    throw new HttpFault(400, 'job_not_resumable', message, { param: 'id' });
  }
  const generation = await context.manager.resume(input.id);
  const warnings = generation.warnings.map(({ message }) => message);
  return { body: { images: await toGeneratedImages(generation, call), warnings } };
};

export const settleJob: RouteHandler<'settleJob'> = async ({ input, caller, context }) => {
  const { id, charged, usd } = input;
  if (usd !== undefined && !charged) {
    const message = '`usd` belongs to a call that was charged. Leave it out, or send "charged": true.';
    throw new HttpFault(400, 'invalid_request', message, { param: 'usd' });
  }
  await findOpenJob(context.store, id);
  const settled = { charged, by: caller.name, ...(usd !== undefined && { usd }) };
  return { body: toApiJob(await context.manager.settle(id, settled)) };
};

/** @throws HttpFault 404; 400: it has ended; 503: a process works on it */
async function findOpenJob({ jobs }: Store, id: string): Promise<JobRecord> {
  const job = await jobs.find(id);
  if (job === undefined) {
    const message = 'There is no job with this id. GET /api/jobs lists the jobs.';
    throw new HttpFault(404, 'job_not_found', message, { param: 'id' });
  }
  // A call with an unknown outcome is open until it is settled.
  if (job.settlement !== undefined || job.state === 'done' || job.state === 'failed') {
    const message = `This job has ended (${job.settlement ? 'settled' : job.state}). Its images are in \`artifacts\` of GET /api/jobs.`;
    throw new HttpFault(400, 'job_ended', message, { param: 'id' });
  }
  if (!job.isHeld) return job;
  const message = 'A process is working on this job. Try again when it has ended.';
  throw new HttpFault(503, 'job_in_use', message, { param: 'id', mayRetry: true, retryAfterMs: 5000 });
}

/** The handle holds the prompt and links to images, so that only the id of the vendor is shown. */
function toApiJob(record: JobRecord): ApiJob {
  const { id, provider, model, state, startedAt, endedAt, isHeld, artifacts = [], charged } = record;
  const { handle, lastAttempt, settlement } = record;
  const job = handle === undefined || handle.id === RESULT_LINKS_ID ? undefined : handle.id;
  return {
    ...{ id, job, provider, model, state, startedAt, endedAt, isHeld, artifacts, charged, settlement },
    ...(lastAttempt && { lastAttempt: { ...lastAttempt, message: errorMessageOf({ ...lastAttempt, provider }) } }),
  };
}
