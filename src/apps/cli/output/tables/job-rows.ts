/** Shows a job on record as a table row and as JSON. */
import type { JobRecord } from '../../../../index.ts';
import { inWords } from '../../../../manager/jobs/settle.ts';
import { jobIdOf } from '../../../shared/job-names.ts';

export const jobRow = (job: JobRecord): readonly string[] => [
  jobIdOf(job),
  job.provider,
  job.model,
  job.state,
  `${job.startedAt.slice(0, 10)} ${job.startedAt.slice(11, 16)}`,
  noteOn(job),
];

function noteOn({ isHeld, settlement, lastAttempt, state }: JobRecord): string {
  if (isHeld) return 'another process is working on it';
  if (settlement) return `settled: ${inWords(settlement)}`;
  return lastAttempt && state !== 'done' ? `last attempt: ${lastAttempt.code}: ${lastAttempt.message}` : '';
}

/** Leaves out the handle, which holds the prompt and URLs. */
export function jobDocument(job: JobRecord): object {
  const { id: call, provider, model, state, startedAt, isHeld, handle } = job;
  const { lastAttempt = null, openUntil = null, settlement = null } = job;
  return {
    id: handle?.id ?? null,
    call,
    provider,
    model,
    state,
    startedAt,
    isHeld,
    lastAttempt,
    openUntil,
    settlement,
  };
}

/** Explains what to do about a job whose outcome is unknown, and about one that expired. */
export function openJobHints(jobs: readonly JobRecord[]): readonly string[] {
  const unknown = jobs.find(({ state }) => state === 'unknown');
  const expired = jobs.find(({ state }) => state === 'expired');
  const open = unknown ?? expired;
  if (open === undefined) return [];
  return [
    ...(unknown
      ? ['unknown: the request was sent, and no answer came. It may have been charged; it is never sent again.']
      : []),
    ...(expired
      ? [`expired: it was not fetched in time. To fetch it anyway: imagen jobs resume ${jobIdOf(expired)}`]
      : []),
    'It counts as spent until you settle it. Ask the vendor whether it was charged, then run',
    `imagen jobs settle ${jobIdOf(open)} --charged (add --usd if you know the amount), or --not-charged.`,
  ];
}
