/** Combines the records of a call's submits. */
import type { Charged } from '../../providers/protocol/index.ts';
import type { JobRecord } from '../../store/interfaces.ts';
import type { CallRecord } from '../interfaces/call-record.ts';

/** @param records in the order of the submits @returns `undefined` without records */
export function toCallRecord(id: string, records: readonly JobRecord[]): CallRecord | undefined {
  if (records.length === 0) return undefined;
  const state = stateOf(records);
  const failed = records.filter((record) => record.state === 'failed');
  const lastAttempt = records.findLast((record) => record.lastAttempt)?.lastAttempt;
  const endedAt = records
    .flatMap((record) => record.endedAt ?? [])
    .sort()
    .at(-1);
  return {
    id,
    state,
    isHeld: records.some(({ isHeld }) => isHeld),
    artifacts: [...new Set(records.flatMap(({ artifacts = [] }) => artifacts))],
    ...(state === 'failed' && { charged: chargedOf(failed) }),
    ...(lastAttempt && { lastAttempt }),
    ...(endedAt !== undefined && { endedAt }),
    records,
  };
}

function stateOf(records: readonly JobRecord[]): CallRecord['state'] {
  const has = (...states: readonly JobRecord['state'][]) => records.some(({ state }) => states.includes(state));
  if (has('running', 'expired')) return 'running';
  if (has('submitting')) return 'submitting';
  if (has('done')) return 'done';
  return has('unknown') ? 'unknown' : 'failed';
}

/** Records of earlier versions do not say whether a failed call was charged. */
function chargedOf(failed: readonly JobRecord[]): Charged {
  const each = failed.map(({ settlement, charged = 'unknown' }) =>
    settlement ? (settlement.charged ? 'yes' : 'no') : charged,
  );
  if (each.includes('yes')) return 'yes';
  return each.every((charged) => charged === 'no') ? 'no' : 'unknown';
}
