/** Records of calls and jobs, written before each request, so that a crash leaves no paid call without a record. */
import type { Charged, JobHandle } from '../../providers/protocol/index.ts';

/** A call that may cost money, before its request is sent. */
export interface CallStart {
  /**
   * The call id for the first submit of a call, then `<call id>-2`, `<call id>-3`, … Also the idempotency key, unless the caller passes
   * one.
   */
  readonly id: string;
  /** The provider's name in the settings. */
  readonly provider: string;
  /** The vendor's model id. */
  readonly model: string;
  /** The id of the call's ledger entry. */
  readonly reservation: string;
  /** SHA-256 of the request, if the caller chose the call id: another request under the same id is refused. */
  readonly request?: string;
}

/**
 * - `running`: the provider has a job.
 * - `unknown`: the request was sent, no response arrived, and there is no job to ask about.
 * - `expired`: the job was not fetched while jobs are kept open. Computed when read; stored as `running`.
 */
export type CallState = 'submitting' | 'running' | 'done' | 'failed' | 'unknown' | 'expired';

/** Why the last attempt to fetch an image left its call open, or why the call failed. */
export interface LastAttempt {
  /** ISO 8601. */
  readonly at: string;
  /** The `code` of the attempt's `AiImageError`. */
  readonly code: string;
  /** At most 200 characters, without secrets. */
  readonly message: string;
}

/** How a person settled a call whose outcome was unknown, after a look at the vendor's usage page or invoice. */
export interface Settlement {
  /** Whether the vendor charged the call. */
  readonly charged: boolean;
  /** Dollars, for a call that was charged. @default the reserved amount */
  readonly usd?: number;
  /** Who settled the call. */
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

/** What is recorded when a call ends. */
export interface CallEnd {
  /** Ids of its stored images. */
  readonly artifacts?: readonly string[];
  /** Whether the vendor charged a call that failed. */
  readonly charged?: Charged;
  /** Why it failed. */
  readonly error?: LastAttempt;
}

/** A recorded job, or a recorded call without one. */
export interface JobRecord extends CallStart {
  /** How far the call or job is. */
  readonly state: CallState;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Finds the job again at its provider. Contains the prompt. */
  readonly handle?: JobHandle;
  /** Another running process is working on it. */
  readonly isHeld: boolean;
  /** Why the last attempt to fetch it left it open, or why it failed. */
  readonly lastAttempt?: LastAttempt;
  /** When the call ended. ISO 8601. */
  readonly endedAt?: string;
  /** Ids of the stored images of a call that is done. */
  readonly artifacts?: readonly string[];
  /** Whether the vendor charged a call that failed. Absent in records of earlier versions. */
  readonly charged?: Charged;
  /** `resumeAll` fetches an open job until this time. ISO 8601. Set by the manager. */
  readonly openUntil?: string;
  /** Present when a person settled the call. */
  readonly settlement?: Settlement;
}

/** The outcome of one job of a call. */
export interface JobEnd extends CallEnd {
  /** Whether the job has an image. */
  readonly state: 'done' | 'failed';
  /** The cost in micro-dollars; `undefined` when it may have cost something and the amount is not known. */
  readonly micros?: number | undefined;
  /** Where the amount comes from. */
  readonly basis: 'estimated' | 'reported';
}

/** The state of a call after one of its jobs ended. */
export interface CallSum {
  /** No job of the call is open. */
  readonly isOver: boolean;
  /** The cost of all ended jobs; `undefined` when the cost of one is not known. */
  readonly micros: number | undefined;
  /** Where the amount comes from: `reported` only if every part was. */
  readonly basis: 'estimated' | 'reported';
}

/** Every method resolves after its record is on disk. */
export interface JobRecords {
  /**
   * Records a call. Call it before the request is sent.
   * @returns false: another call with this id is recorded. Nothing was changed, and the request must not be sent
   */
  begin(call: CallStart): Promise<boolean>;
  /** Records a job. Call it before the first poll. A call may have several jobs. */
  submitted(id: string, handle: JobHandle): Promise<void>;
  /** Ends a call and all its open jobs. The record stays for 30 days, so that a repeated call finds it: see `StoreSettings.keepEndedJobsMs`. */
  end(id: string, state: 'done' | 'failed' | 'unknown', end?: CallEnd): Promise<void>;
  /** Ends one job. The call ends with its last job. Of several ends of one job the first counts. @param job the provider's job id */
  endJob(id: string, job: string, end: JobEnd): Promise<CallSum>;
  /** Leaves a call open and records why. This process releases it, so that any process can fetch it. @param job @default the whole call */
  leaveOpen(id: string, lastAttempt: LastAttempt, job?: string): Promise<void>;
  /**
   * Records how a person settled an open call, and ends the call as `failed`. Of several settlements the first counts.
   * @returns the settlement that counts; `undefined` when the call ended without one, or is not recorded
   */
  settle(id: string, settlement: Settlement): Promise<Settlement | undefined>;
  /** Takes over a call that no running process works on. @returns false when another process took it first */
  claim(id: string): Promise<boolean>;
  /**
   * Returns the record of a call or job, also after its end; `undefined` if there is none.
   * @param id the provider's job id, or the id of the call
   */
  find(id: string): Promise<JobRecord | undefined>;
  /** Returns the records of all submits of a call, in their order. @param call the call id */
  findCall(call: string): Promise<readonly JobRecord[]>;
  /** All open calls, and the latest 1000 that ended and had a job or were settled. The latest first. */
  list(): Promise<readonly JobRecord[]>;
}
