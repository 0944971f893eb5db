/** Ends a call of unknown outcome by a person's decision. Makes no call. */
import { AiImageError, isUsdAmount } from '../../providers/protocol/index.ts';
import type { Decision, JobRecord, JobRecords, Ledger } from '../../store/interfaces.ts';
import type { Settlement } from '../interfaces/image-manager.ts';
import { toMicros } from '../limits/micros.ts';
import { asOf, isOpen } from './job-states.ts';

const invalidError = (message: string, hint: string) =>
  new AiImageError('invalid_request', message, { charged: 'no', hint });

export interface SettleContext {
  readonly records: JobRecords;
  readonly ledger: Ledger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly keepOpenMs: number;
  /** Returns whether this process is working on the call. */
  readonly isInUse: (call: string) => boolean;
}

/** @throws AiImageError `invalid_request` */
export async function settle(
  id: string,
  { charged, usd, by = 'the host application' }: Settlement,
  { records, ledger, now: clock, keepOpenMs, isInUse }: SettleContext,
): Promise<JobRecord> {
  if (typeof charged !== 'boolean') throw invalidError('settle needs charged', 'Pass charged: true or charged: false.');
  if (usd !== undefined && !(charged && isUsdAmount(usd))) {
    throw invalidError(
      'usd must be the amount in dollars that was charged',
      'Pass for example charged: true, usd: 0.04.',
    );
  }
  const now = clock();
  const record = await records.find(id);
  if (record === undefined)
    throw invalidError(
      `no job or call ${shown(id)} is recorded`,
      'Call jobs() of the manager to see the recorded jobs.',
    );
  if (record.decision) throw await settledBeforeError(record, record.decision, ledger);
  if (!isOpen(record)) {
    throw invalidError(
      `${shown(id)} is ${record.state}`,
      'Nothing was changed. Only open, unknown and expired calls can be settled.',
    );
  }
  const canSettle =
    !isInUse(record.id) && !record.isHeld && (record.state === 'unknown' || (await records.claim(record.id)));
  if (!canSettle)
    throw invalidError(`a process is working on ${shown(id)}`, 'Wait until it has finished, or end that process.');
  const own: Decision = { charged, ...(usd !== undefined && { usd }), by, at: new Date(now).toISOString() };
  const decision = await records.decide(record.id, own);
  if (decision === undefined)
    throw invalidError(`${shown(id)} has ended in the meantime`, 'Call jobs() of the manager to see its state.');
  if (decision !== own) throw await settledBeforeError(record, decision, ledger);
  await writeToLedger(record, decision, ledger);
  return asOf({ ...record, state: 'failed', decision }, { now, keepOpenMs });
}

/** Writes the decision to the ledger again, in case a crash came between record and ledger. The ledger counts the first one only. */
async function settledBeforeError(record: JobRecord, decision: Decision, ledger: Ledger): Promise<AiImageError> {
  await writeToLedger(record, decision, ledger);
  return invalidError(
    `${shown(record.handle?.id ?? record.id)} was already settled: ${inWords(decision)}`,
    'Nothing was changed.',
  );
}

async function writeToLedger({ reservation }: JobRecord, { charged, usd }: Decision, ledger: Ledger): Promise<void> {
  if (charged) await ledger.settle(reservation, usd === undefined ? undefined : toMicros(usd), 'decided');
  else await ledger.release(reservation, 'decided');
}

/** Describes a decision for people. */
export function inWords({ charged, usd, by, at }: Decision): string {
  const amount = usd === undefined ? '' : ` ${usd} USD`;
  return `${charged ? `charged${amount}` : 'not charged'}, decided by ${by} at ${at}`;
}

const shown = (id: string): string => String(id).slice(0, 64);
