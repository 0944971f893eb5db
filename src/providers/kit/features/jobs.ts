/** Jobs: submits them, follows them to their results, cancels them. Loaded by providers whose vendors have jobs. */
export { resumeJob, runJob, submitJob } from '../../../transport/phases/jobs/run-job.ts';
export { submit } from '../calls/submit.ts';
export { createJobHandlers } from '../response/job-handlers.ts';
