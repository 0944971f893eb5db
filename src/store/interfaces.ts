/**
 * What a manager keeps things with: money, calls, results, pictures. Interfaces only; `createStore` makes what lasts, the manager has
 * its own in memory.
 */
import type { AppliedSettings, ImageGeneration, JobHandle } from '../providers/protocol/index.ts';

/** What is counted together, e.g. `day 2026-11-25`. */
export interface BudgetScope {
  readonly name: string;
  /** Without one it is counted and never refused. Whole micro-dollars. */
  readonly limitMicros?: number;
}

/** What a call may cost, and whose it is. */
export interface Spending {
  readonly micros: number;
  /** By its name in the settings. */
  readonly provider: string;
  readonly model: string;
  /** How many pictures are wanted. */
  readonly images: number;
}

export interface Refused {
  readonly scope: BudgetScope & { readonly limitMicros: number };
  /** Spent or promised before. */
  readonly takenMicros: number;
}

/**
 * Where the amount of an entry comes from, the weakest first: what the call was expected to cost; the price table, once the image is
 * there; a person's decision; the vendor.
 */
export type SpendingBasis = 'promised' | 'estimated' | 'decided' | 'reported';

/**
 * Money in whole micro-dollars. What is promised counts as spent until it is settled or released.
 * An entry is one promise. Each call of `settle` and `release` brings a word about it: a stronger word replaces a weaker one, and of two
 * equally strong words the first counts. So an estimate can be replaced by the real amount once, and nothing is counted twice.
 */
export interface Ledger {
  /** Promises an amount in every scope, or in none. @returns the promise's id, or which limit it would pass */
  reserve(spending: Spending, scopes: readonly BudgetScope[]): Promise<string | Refused>;
  /**
   * Writes down what the call came to; an amount above the promise too.
   * `promised` says that it is at least so much, and leaves the promise open. Of two estimates the higher counts. An amount that comes
   * after a release counts: an image that arrives shows that the release was wrong.
   * @param micros @default what the entry says, or after a release what was promised
   * @param basis @default 'reported'
   */
  settle(id: string, micros: number | undefined, basis?: SpendingBasis): Promise<void>;
  /** Nothing was charged. @param basis who says so @default 'reported' */
  release(id: string, basis?: 'decided' | 'reported'): Promise<void>;
  /**
   * Moves a part of an open promise to an entry of its own, in one step: the sum stays the same. Where less is left, that is moved; of an
   * entry that is no longer promised nothing is moved.
   * @returns the id of the new entry
   */
  split(id: string, part: Pick<Spending, 'micros' | 'images'>): Promise<string>;
  /** Spent or promised under this name. */
  taken(scope: string): Promise<number>;
}

/** A call that may cost money, before it is made. */
export interface CallStart {
  /** 128 random bits; also the idempotency key, unless the caller has one of his own. */
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  /** The promise of the ledger that goes with it. */
  readonly reservation: string;
}

/**
 * `running`: the vendor has a job. `unknown`: the call was sent, no answer told how it ended, and there is no job to ask about.
 * `expired`: a job that was not fetched in the time that jobs are kept open; it is shown as such and stored as `running`.
 */
export type CallState = 'submitting' | 'running' | 'done' | 'failed' | 'unknown' | 'expired';

/** Why the last attempt to fetch an image left its call open. */
export interface LastTry {
  /** ISO 8601. */
  readonly at: string;
  /** The code of its `AiImageError`. */
  readonly code: string;
  /** At most 200 characters, redacted. */
  readonly message: string;
}

/** What a person found out at the vendor about a call that has no clear end. */
export interface Decision {
  readonly charged: boolean;
  /** Dollars; what was promised where a charge has no amount. */
  readonly usd?: number;
  /** Who decided. */
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

/** A job on record, or a call that has not become one. */
export interface JobRecord extends CallStart {
  readonly state: CallState;
  /** ISO 8601. */
  readonly startedAt: string;
  /** What finds the job again; it holds the prompt. */
  readonly handle?: JobHandle;
  /** Another process that is alive works on it. */
  readonly isHeld: boolean;
  readonly lastTry?: LastTry;
  /** Until then an open job is fetched by `resumeAll`. ISO 8601. Set by the manager. */
  readonly openUntil?: string;
  /** Set once a person settled the call. */
  readonly decision?: Decision;
}

/** The end of one job of a call. */
export interface JobEnd {
  readonly state: 'done' | 'failed';
  /** What it cost; `undefined` where it may have cost something and the amount is not known. */
  readonly micros?: number | undefined;
  readonly basis: 'estimated' | 'reported';
}

/** A call after one of its jobs ended. */
export interface CallSum {
  /** No job of the call is open. */
  readonly isOver: boolean;
  /** What its ended jobs cost; `undefined` where that of one is not known. */
  readonly micros: number | undefined;
  readonly basis: 'estimated' | 'reported';
}

/** Written before anything is sent, so that no crash leaves a paid call without a trace. */
export interface JobRecords {
  begin(call: CallStart): Promise<void>;
  /** Before the first question is asked. A call may have several jobs. */
  submitted(id: string, handle: JobHandle): Promise<void>;
  /** Ends a call with all its open jobs. For a call without a job, `done` and `failed` leave nothing on record. */
  end(id: string, state: 'done' | 'failed' | 'unknown'): Promise<void>;
  /** Ends one job; the call ends with its last one. Said twice, the first end counts. @param job the vendor's id */
  endJob(id: string, job: string, end: JobEnd): Promise<CallSum>;
  /** Leaves a call open and says why. Its process lets go of it, so that any process can fetch it. @param job @default the call itself */
  leaveOpen(id: string, lastTry: LastTry, job?: string): Promise<void>;
  /**
   * Writes a person's decision on an open call and ends it. Of several the first counts.
   * @returns the decision that counts; `undefined` where the call has an end of its own, or is not on record
   */
  decide(id: string, decision: Decision): Promise<Decision | undefined>;
  /** Takes over a call that nobody works on any more. @returns false where somebody else was faster */
  claim(id: string): Promise<boolean>;
  /** @param id of the job at its vendor, or of the call */
  find(id: string): Promise<JobRecord | undefined>;
  /** All that are open, and the latest thousand that have ended; the latest first. */
  list(): Promise<readonly JobRecord[]>;
}

/** What is kept beside a picture. Plain JSON; what was a picture among it stands as its SHA-256. */
export interface ArtifactContext {
  /** By its name in the settings. */
  readonly provider: string;
  /** What the caller asked for. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly applied: AppliedSettings;
  /** Ids of the pictures it was made from. */
  readonly parents: readonly string[];
}

/** A picture that was kept. */
export interface StoredArtifact {
  readonly id: string;
  /** Where its file is; for other places than a directory an address. */
  readonly path: string;
  /** Why its file is not synced to the disk, where it is not: a power failure could lose it. */
  readonly unsynced?: string;
}

export interface StoredGeneration extends ImageGeneration {
  /** Where its pictures are, in their order. */
  readonly kept: readonly StoredArtifact[];
}

/** Finished results by what was asked (contract S3). */
export interface ResultCache {
  /** Only whole results, with their pictures as they were kept. */
  get(key: string): Promise<StoredGeneration | undefined>;
  put(key: string, generation: StoredGeneration): Promise<void>;
}

/** Where a manager puts what was paid for. */
export interface ManagerStore {
  readonly ledger: Ledger;
  readonly jobs: JobRecords;
  readonly cache: ResultCache;
  /** Whether pictures can be kept now. @throws AiImageError `not_configured`; asked before money is spent */
  preflight(): Promise<void>;
  /**
   * Keeps every picture of a result, in its order. The same picture of the same job is kept once. Where one cannot be kept, the others are.
   * @throws AiImageError `internal`: not all are kept; its `quarantine` has the bytes of those that are not
   */
  save(generation: ImageGeneration, circumstances: ArtifactContext): Promise<readonly StoredArtifact[]>;
  /** Bytes that were paid for and are no whole picture. @returns where they are */
  quarantine(bytes: Uint8Array, why: string): Promise<string>;
}
