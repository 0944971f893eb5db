/** A person ends a call whose end no answer told. Makes no call. */
import { AiImageError } from '../../providers/protocol/index.ts';
import type { Decision, JobRecord, JobRecords, Ledger } from '../../store/interfaces.ts';
import { isAmount, toMicros } from '../limits/ledger.ts';
import type { Settlement } from '../types.ts';
import { asOf, isOpen } from './job-states.ts';

const wrong = (message: string, hint: string) => new AiImageError('invalid_request', message, { charged: 'no', hint });

export interface Settling {
  readonly records: JobRecords;
  readonly ledger: Ledger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly keepOpenMs: number;
  /** Whether this process works on the call. */
  readonly isOurs: (call: string) => boolean;
}

/** @throws AiImageError `invalid_request` */
export async function settle(
  id: string,
  { charged, usd, by = 'the host application' }: Settlement,
  { records, ledger, now: clock, keepOpenMs, isOurs }: Settling,
): Promise<JobRecord> {
  if (typeof charged !== 'boolean') throw wrong('settle needs charged', 'Pass charged: true or charged: false.');
  if (usd !== undefined && !(charged && isAmount(usd))) {
    throw wrong('usd must be an amount of dollars that was charged', 'Pass for example charged: true, usd: 0.04.');
  }
  const now = clock();
  const record = await records.find(id);
  if (record === undefined) throw wrong(`there is no job or call ${shown(id)} on record`, 'images.jobs() lists them.');
  if (record.decision) throw await settledBefore(record, record.decision, ledger);
  if (!isOpen(record))
    throw wrong(
      `${shown(id)} has ended: it is ${record.state}`,
      'Only open, unknown and expired calls can be settled.',
    );
  const isFree =
    !isOurs(record.id) && !record.isHeld && (record.state === 'unknown' || (await records.claim(record.id)));
  if (!isFree)
    throw wrong(`${shown(id)} is being worked on`, 'Wait until that is over, or end the process that works on it.');
  const own: Decision = { charged, ...(usd !== undefined && { usd }), by, at: new Date(now).toISOString() };
  const decision = await records.decide(record.id, own);
  if (decision === undefined) throw wrong(`${shown(id)} has ended meanwhile`, 'images.jobs() shows how.');
  if (decision !== own) throw await settledBefore(record, decision, ledger);
  await writeDown(record, decision, ledger);
  return asOf({ ...record, state: 'failed', decision }, { now, keepOpenMs });
}

/** Again, should a crash have come between the record and the ledger: there the first word counts. */
async function settledBefore(record: JobRecord, decision: Decision, ledger: Ledger): Promise<AiImageError> {
  await writeDown(record, decision, ledger);
  return wrong(
    `${shown(record.handle?.id ?? record.id)} was settled before: ${inWords(decision)}`,
    'Nothing was changed.',
  );
}

async function writeDown({ reservation }: JobRecord, { charged, usd }: Decision, ledger: Ledger): Promise<void> {
  if (charged) await ledger.settle(reservation, usd === undefined ? undefined : toMicros(usd), 'decided');
  else await ledger.release(reservation, 'decided');
}

/** For a person. */
export function inWords({ charged, usd, by, at }: Decision): string {
  const amount = usd === undefined ? '' : ` ${usd} USD`;
  return `${charged ? `charged${amount}` : 'not charged'}, decided by ${by} at ${at}`;
}

const shown = (id: string): string => String(id).slice(0, 64);
