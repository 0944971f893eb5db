/** What a sink gets about one recorded cost. */
import { callOf } from '../providers/protocol/shared/call-ids.ts';
import type { SpendingBasis } from '../store/index.ts';
import type { OutboxContent } from '../store/ledger/usage-outbox.ts';

/** The cost of a call, or of a further submit of a call. It holds no prompt. */
export interface UsageRecord {
  /** The key: the call id, and `<call id>-2`, … for its further submits. A later amount has the same id and a higher `revision`. */
  readonly id: string;
  /** The call id. */
  readonly call: string;
  /** Counts the recorded amounts, from 1. Keep the record with the highest revision. */
  readonly revision: number;
  /** Whether an earlier revision was delivered to this sink, or may have been. */
  readonly isCorrection: boolean;
  /** When the call began. ISO 8601. Its day is the day of the budget. */
  readonly at: string;
  /** When this amount was recorded. ISO 8601. */
  readonly recordedAt: string;
  /** The provider's name in the settings. */
  readonly provider: string;
  /** The vendor's model id. */
  readonly model: string;
  /** Number of images requested; 0 if nothing was charged. */
  readonly images: number;
  /** US dollars as a decimal number with six digits after the point, for example `0.040000`. Exact. */
  readonly costUsd: string;
  /** `estimated` by the price table, `settled` by a person, `reported` by the vendor; `released`: nothing was charged. */
  readonly basis: SpendingBasis | 'released';
  /** `metadata.costCenter` of the request. A name of more than 592 characters is shortened, and ends with its hash. */
  readonly costCenter?: string;
  /** The session, if sessions have a budget. Shortened like `costCenter`. */
  readonly session?: string;
  /** Ids of the stored images. */
  readonly artifacts: readonly string[];
}

/** A row of the outbox. */
export interface OutboxRow {
  readonly entry: string;
  readonly revision: number;
  readonly firstRevision: number;
  readonly content: OutboxContent;
}

/** Returns the key of a record, and its call. An entry without a record of its call has its own id. */
export function keyOf({ entry, content }: OutboxRow): Pick<UsageRecord, 'id' | 'call'> {
  const id = content.call ?? entry;
  return { id, call: content.call === undefined ? entry : callOf(id) };
}

export function toUsageRecord(row: OutboxRow, artifacts: readonly string[]): UsageRecord {
  const { revision, firstRevision, content } = row;
  const { at, recordedAt, provider, model, images, micros, basis, scopes } = content;
  const costCenter = nameIn(scopes, 'project ');
  const session = nameIn(scopes, 'session ');
  return {
    ...keyOf(row),
    revision,
    isCorrection: firstRevision > 1,
    at,
    recordedAt,
    provider,
    model,
    images: basis === 'released' ? 0 : images,
    costUsd: toDecimalUsd(micros),
    basis,
    ...(costCenter !== undefined && { costCenter }),
    ...(session !== undefined && { session }),
    artifacts,
  };
}

/** @param micros a whole number, 0 or more */
export function toDecimalUsd(micros: number): string {
  const digits = String(micros).padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

const nameIn = (scopes: readonly string[], kind: string): string | undefined =>
  scopes.find((scope) => scope.startsWith(kind))?.slice(kind.length);
