/** The interface of a sink. */
import type { UsageRecord } from './usage-record.ts';

export interface UsageSink {
  /** Identifies the sink in the store: at most 60 letters, digits, `-`, `_` and `.`. Records wait under this name, so keep it. */
  readonly name: string;
  /**
   * Takes a batch of records, in the order in which their costs were recorded. Resolve only after they are safe: then they are removed from
   * the store. After a rejection they are delivered again, so that a record may arrive twice.
   * @param records at most `batchSize`, each with another id
   * @param signal fires when the time for the batch is over
   */
  record(records: readonly UsageRecord[], signal: AbortSignal): Promise<void>;
  /** Closes connections. Called when the delivery is closed. */
  close?(): Promise<void>;
}
