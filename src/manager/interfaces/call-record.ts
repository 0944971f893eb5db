/** What is recorded of a call. */
import type { Charged } from '../../providers/protocol/index.ts';
import type { CallState, JobRecord, LastAttempt } from '../../store/interfaces.ts';

/** A call with all its submits: its first one, further attempts after failures that were not charged, and further jobs. */
export interface CallRecord {
  /** The call id. */
  readonly id: string;
  /**
   * How far the call is. `running` and `submitting` come before `done`: a call with several jobs is done when the last one is. A call with
   * at least one image is `done`, also if other parts of it failed.
   */
  readonly state: Exclude<CallState, 'expired'>;
  /** Another running process is working on it. */
  readonly isHeld: boolean;
  /** Ids of its stored images. */
  readonly artifacts: readonly string[];
  /** Whether the vendor charged a call that failed. */
  readonly charged?: Charged;
  /** Why the latest attempt failed. */
  readonly lastAttempt?: LastAttempt;
  /** When its last submit ended. ISO 8601. */
  readonly endedAt?: string;
  /** One record per job, and one per submit without a job. */
  readonly records: readonly JobRecord[];
}
