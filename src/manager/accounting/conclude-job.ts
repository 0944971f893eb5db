/** Writes the outcome of a resumed job to the ledger and the records. */
import type { AiImageError, JobHandle } from '../../providers/protocol/index.ts';
import type { JobEnd, JobRecord, StoredGeneration } from '../../store/interfaces.ts';
import type { Accounts, Errors } from './accounts.ts';
import { amountOf } from './amount-of.ts';
import { lastAttemptOf } from './last-attempt.ts';

type RecordedCall = Pick<JobRecord, 'id' | 'reservation'>;

/** Concludes a job whose images `resume` fetched. */
export async function concludeResumed(
  { failures, cost, saved }: StoredGeneration,
  { id, reservation }: RecordedCall,
  job: JobHandle,
  accounts: Accounts,
): Promise<void> {
  const open = failures.map(({ error }) => error).filter(({ endsJob, charged }) => !endsJob && charged !== 'no');
  const end: JobEnd = { state: 'done', ...amountOf(cost), artifacts: saved.map((each) => each.id) };
  if (open.length === 0) return endJob(id, reservation, job, end, accounts);
  // The images that arrived are paid for; the broken ones may be fetched later.
  if (end.micros !== undefined) await accounts.ledger.raiseReservation(reservation, end.micros);
  await leaveOpen(id, open, job, accounts);
}

/** Concludes a job that `resume` could not fetch. */
export async function concludeResumeFailure(
  error: AiImageError,
  { id, reservation }: RecordedCall,
  job: JobHandle,
  accounts: Accounts,
): Promise<void> {
  if (!error.endsJob) return leaveOpen(id, [error], job, accounts);
  const micros = error.charged === 'no' ? 0 : undefined;
  const { charged } = error;
  const end: JobEnd = {
    state: 'failed',
    micros,
    basis: 'reported',
    charged,
    error: lastAttemptOf(error, accounts.now()),
  };
  await endJob(id, reservation, job, end, accounts);
}

/** Writes the amount before the end: after a crash in between, the ledger shows no less than the vendor charged. */
async function endJob(
  id: string,
  reservation: string,
  { id: job }: JobHandle,
  end: JobEnd,
  { records, ledger }: Accounts,
): Promise<void> {
  if (end.micros !== undefined) await ledger.raiseReservation(reservation, end.micros);
  const { isOver, micros, basis } = await records.endJob(id, job, end);
  if (!isOver) return;
  if (end.state === 'failed' && micros === 0) await ledger.release(reservation);
  else if (end.state === 'done' || micros !== undefined)
    await ledger.recordCost(reservation, micros, micros === undefined ? 'estimated' : basis);
}

/** Leaves a job open, with the first error as the reason. */
export async function leaveOpen(
  id: string,
  [error]: Errors,
  { id: job }: JobHandle,
  { records, now }: Accounts,
): Promise<void> {
  if (error) await records.leaveOpen(id, lastAttemptOf(error, now()), job);
}
