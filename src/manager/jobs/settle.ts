/** Ends a call of unknown outcome as a person settled it. Sends nothing. */
import { AiImageError, isUsdAmount } from '../../providers/protocol/index.ts';
import type { JobRecord, JobRecords, Ledger, Settlement } from '../../store/interfaces.ts';
import type { SettleParams } from '../interfaces/image-manager.ts';
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
  { charged, usd, by = 'the host application' }: SettleParams,
  { records, ledger, now: clock, keepOpenMs, isInUse }: SettleContext,
): Promise<JobRecord> {
  if (typeof charged !== 'boolean')
    throw invalidError('settle: `charged` must be true or false', 'Pass charged: true or charged: false.');
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
  if (record.settlement) throw await settledBeforeError(record, record.settlement, ledger);
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
  const own: Settlement = { charged, ...(usd !== undefined && { usd }), by, at: new Date(now).toISOString() };
  const settlement = await records.settle(record.id, own);
  if (settlement === undefined)
    throw invalidError(`${shown(id)} has ended in the meantime`, 'Call jobs() of the manager to see its state.');
  if (settlement !== own) throw await settledBeforeError(record, settlement, ledger);
  await writeToLedger(record, settlement, ledger);
  return asOf({ ...record, state: 'failed', settlement }, { now, keepOpenMs });
}

/** Writes the settlement to the ledger again, in case a crash came between record and ledger. The ledger counts the first one only. */
async function settledBeforeError(record: JobRecord, settlement: Settlement, ledger: Ledger): Promise<AiImageError> {
  await writeToLedger(record, settlement, ledger);
  return invalidError(
    `${shown(record.handle?.id ?? record.id)} was already settled: ${inWords(settlement)}`,
    'Nothing was changed.',
  );
}

async function writeToLedger({ reservation }: JobRecord, { charged, usd }: Settlement, ledger: Ledger): Promise<void> {
  if (charged) await ledger.recordCost(reservation, usd === undefined ? undefined : toMicros(usd), 'settled');
  else await ledger.release(reservation, 'settled');
}

/** Describes a settlement for people, after the word "settled:". */
export function inWords({ charged, usd, by, at }: Settlement): string {
  const amount = usd === undefined ? '' : ` ${usd} USD`;
  return `${charged ? `charged${amount}` : 'not charged'}, by ${by} at ${at}`;
}

const shown = (id: string): string => String(id).slice(0, 64);
