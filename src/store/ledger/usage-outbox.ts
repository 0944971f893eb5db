/**
 * The outbox of the usage sinks: what calls cost, kept until every sink has it. A row is written in the transaction that records the cost, so
 * that a crash loses neither. Only sinks that are registered in the database get rows: without one, nothing is written.
 */
import type { SpendingBasis } from '../../providers/protocol/shared/ledger-rules.ts';
import type { Sql } from '../sql/sql.ts';

/** What the outbox holds about one entry of the ledger, as JSON. It is complete, so that a repair of the ledger does not change it. */
export interface OutboxContent {
  /** The id of the record of the call; `undefined`: it has none. */
  readonly call: string | undefined;
  /** When the call was reserved. ISO 8601. */
  readonly at: string;
  /** When this amount was recorded. ISO 8601. */
  readonly recordedAt: string;
  readonly provider: string;
  readonly model: string;
  readonly images: number;
  readonly micros: number;
  readonly basis: SpendingBasis | 'released';
  /** Keys of budget scopes: see `scope-key.ts`. */
  readonly scopes: readonly string[];
}

/** Reads the column `content`, which `addToOutbox` writes. */
export const readOutboxContent = (text: string): OutboxContent => JSON.parse(text) as OutboxContent;

export interface OutboxChange {
  /** The id of the ledger entry. */
  readonly entry: string;
  /** Counts the recorded amounts of the entry, from 1. */
  readonly revision: number;
  readonly content: OutboxContent;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Adds a row for each registered sink. A row that still waits is replaced, and keeps its place and its `first_revision`: with it, a reader
 * knows whether the sink has an earlier amount.
 * @returns whether there is a sink
 */
export async function addToOutbox(sql: Sql, { entry, revision, content, now }: OutboxChange): Promise<boolean> {
  const added = await sql.run(
    `INSERT INTO usage_outbox (sink, entry, revision, first_revision, added_at, content)
     SELECT name, CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS TEXT)
     FROM usage_sinks WHERE 1 = 1
     ON CONFLICT (sink, entry) DO UPDATE SET revision = excluded.revision, content = excluded.content`,
    ...[entry, revision, revision, now, JSON.stringify(content)],
  );
  return added > 0;
}
