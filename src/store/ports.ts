/**
 * What a manager keeps things with: money, calls, results, pictures. Interfaces only; `createStore` makes what lasts, the manager has
 * its own in memory.
 */
import type { AppliedSettings, ImageGeneration, JobHandle } from '../providers/protocol/index.ts';

/** What is counted together, e.g. `day 2026-11-25`. */
export interface Scope {
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
  readonly scope: Scope & { readonly limitMicros: number };
  /** Spent or promised before. */
  readonly takenMicros: number;
}

/** Money in whole micro-dollars. What is promised counts as spent until it is settled or given back. */
export interface Ledger {
  /** Promises an amount in every scope, or in none. @returns the promise's id, or which limit it would pass */
  reserve(spending: Spending, scopes: readonly Scope[]): Promise<string | Refused>;
  /** What it came to in the end; more than was promised is written down too. Said twice, the first word counts. */
  settle(id: string, micros: number): Promise<void>;
  /** Nothing was charged. */
  release(id: string): Promise<void>;
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

/** `unknown`: it was sent, and nobody heard how it ended. */
export type CallState = 'submitting' | 'running' | 'done' | 'failed' | 'unknown';

/** A job on record, or a call that has not become one. */
export interface JobRecord extends CallStart {
  readonly state: CallState;
  /** ISO 8601. */
  readonly startedAt: string;
  /** What finds the job again; it holds the prompt. */
  readonly handle?: JobHandle;
  /** Another process that is alive works on it. */
  readonly isHeld: boolean;
}

/** Written before anything is sent, so that no crash leaves a paid call without a trace. */
export interface JobRecords {
  begin(call: CallStart): Promise<void>;
  /** Before the first question is asked. A call may have several jobs. */
  submitted(id: string, handle: JobHandle): Promise<void>;
  /** For a call without a job, `done` and `failed` leave nothing on record. */
  end(id: string, state: 'done' | 'failed' | 'unknown'): Promise<void>;
  /** Takes over a call that nobody works on any more. @returns false where somebody else was faster */
  claim(id: string): Promise<boolean>;
  /** @param id of the job at its vendor, or of the call */
  find(id: string): Promise<JobRecord | undefined>;
  /** The latest first. */
  list(): Promise<readonly JobRecord[]>;
}

/** What is kept beside a picture. Plain JSON; what was a picture among it stands as its SHA-256. */
export interface Circumstances {
  /** By its name in the settings. */
  readonly provider: string;
  /** What the caller asked for. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly applied: AppliedSettings;
  /** Ids of the pictures it was made from. */
  readonly parents: readonly string[];
}

/** A picture that was kept. */
export interface Kept {
  readonly id: string;
  /** Where its file is; for other places than a directory an address. */
  readonly path: string;
}

export interface KeptGeneration extends ImageGeneration {
  /** Where its pictures are, in their order. */
  readonly kept: readonly Kept[];
}

/** Finished results by what was asked (contract S3). */
export interface ResultCache {
  /** Only whole results, with their pictures as they were kept. */
  get(key: string): Promise<KeptGeneration | undefined>;
  put(key: string, generation: KeptGeneration): Promise<void>;
}

/** Where a manager puts what was paid for. */
export interface ManagerStore {
  readonly ledger: Ledger;
  readonly jobs: JobRecords;
  readonly cache: ResultCache;
  /** Whether pictures can be kept now. @throws AiImageError `not_configured`; asked before money is spent */
  preflight(): Promise<void>;
  /** Keeps every picture of a result, in its order. The same picture of the same job is kept once. */
  save(generation: ImageGeneration, circumstances: Circumstances): Promise<readonly Kept[]>;
  /** Bytes that were paid for and are no whole picture. @returns where they are */
  quarantine(bytes: Uint8Array, why: string): Promise<string>;
}
