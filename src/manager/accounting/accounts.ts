/** Where the state and the cost of calls are written, and what belongs to one running call. */
import type { AiImageError, JobHandle } from '../../providers/protocol/index.ts';
import type { JobRecords, Ledger } from '../../store/interfaces.ts';

export interface Accounts {
  readonly records: JobRecords;
  readonly ledger: Ledger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Money reserved for one call. */
export interface Reservation {
  readonly id: string;
  readonly estimateMicros: number;
  readonly release: () => Promise<void>;
  /** Moves the share of some of the images to an entry of its own. @returns its id */
  readonly split: (images: number) => Promise<string>;
}

/** One job of a call. It has its own record and its own reservation, so that its end does not affect the other jobs. */
export interface JobPart {
  /** Id of its record. */
  readonly id: string;
  /** Id of its reservation in the ledger. */
  readonly reservation: string;
  readonly images: number;
  readonly job: JobHandle;
}

/** A call that this process makes. */
export interface ActiveCall {
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly reserved: Reservation;
  /** Returns the id for the record of a further job. */
  readonly nextId: () => string;
  /** Its recorded jobs. The first one uses the record and the reservation of the call. */
  readonly parts: JobPart[];
  /** Ids of the records that this process is working on. */
  readonly activeCalls: Set<string>;
}

export type Errors = readonly AiImageError[];
