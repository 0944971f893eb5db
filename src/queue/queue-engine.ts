/**
 * The interface of a queue's engine. Two engines implement it: one in the file of the ledger (SQLite), one with pg-boss (PostgreSQL). Both
 * pass the suite in test/queue/engine-suite.ts. An engine knows nothing of images: it stores work, hands each piece to one worker at a time,
 * and refuses the writes of a worker that lost its claim.
 */

/**
 * - `waiting`: no worker has it.
 * - `active`: a worker has it until its lease ends.
 * - `done`: it has its images.
 * - `unknown`: a request was sent, and no one can know whether it was charged. Never runs again by itself.
 * - `dead`: it failed for good; `error` says why.
 * - `cancelled`: cancelled before or while it ran.
 */
export const WORK_STATES = ['waiting', 'active', 'done', 'unknown', 'dead', 'cancelled'] as const;
export type WorkState = (typeof WORK_STATES)[number];

/** Why work failed or waits again. Plain JSON, without secrets and prompts. */
export interface WorkError {
  /** The `code` of the `AiImageError`. */
  readonly code: string;
  /** A sentence, at most 500 characters. */
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
  /** The field of the request that was refused before it was sent. */
  readonly field?: string;
  /** Whether the vendor charged the attempt. */
  readonly charged?: 'no' | 'yes' | 'unknown';
}

/** What work produced. */
export interface WorkResult {
  /** Ids of the stored images, in order. */
  readonly artifacts: readonly string[];
  /** Problems that did not stop the images. */
  readonly notes?: readonly string[];
}

export interface NewWork {
  /** The call id: 128 random bits. Work with the same id is added once. */
  readonly id: string;
  /** The name of the queue. */
  readonly queue: string;
  /** The provider that the work names. Work of a paused provider waits. */
  readonly provider?: string;
  /** JSON text, at most 64 kB. The engine does not read it. */
  readonly payload: string;
  /** Replaces the payload when the work is done: it leaves out what only a worker needs. @default the payload stays */
  readonly donePayload?: string;
  /** The version of the payload's form. A worker claims only versions that it can read. */
  readonly version: number;
  /** Higher first, -100 to 100. A minute of waiting counts as 1, so that low priorities are not starved. */
  readonly priority: number;
  /** The earliest start, in milliseconds since the epoch. */
  readonly runAtMs: number;
}

export interface StoredWork extends Omit<NewWork, 'donePayload'> {
  readonly state: WorkState;
  /** How often a worker claimed it. The fencing token of the current claim. */
  readonly attempt: number;
  /** Failed attempts after which it waited again, counted by `release`. */
  readonly failures: number;
  /** Leases that ended because their worker died or froze. */
  readonly expirations: number;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
  /** When its lease ends. Only while it is active. */
  readonly leaseUntilMs?: number;
  /** The worker that has it, or had it last. */
  readonly worker?: string;
  /** `cancel` was called while it was active. */
  readonly isCancelRequested: boolean;
  /** Why it failed, or why it waits again. */
  readonly error?: WorkError;
  /** Present when it is done. */
  readonly result?: WorkResult;
  /** When it ended. */
  readonly endedAtMs?: number;
}

/** A piece of work that one worker has until its lease ends. */
export interface Claim extends Pick<NewWork, 'id' | 'queue' | 'provider' | 'payload' | 'version'> {
  /** The fencing token: every write of another attempt is refused. */
  readonly attempt: number;
  readonly failures: number;
  readonly expirations: number;
}

export interface ClaimParams {
  /** The name of the worker, for `list`. */
  readonly worker: string;
  readonly leaseMs: number;
  /** Queues to take work from. @default all */
  readonly queues?: readonly string[];
  /** How many at most. @default 1 */
  readonly count?: number;
  /** Versions of payloads that the worker can read. Other work is left waiting. */
  readonly versions: readonly number[];
}

export interface ReleaseParams {
  /** How long it waits at least. @default 0 */
  readonly delayMs?: number;
  /** Why it waits again. */
  readonly error?: WorkError;
  /** The attempt counts as a failure. @default false */
  readonly countsAsFailure?: boolean;
}

export interface WorkQuery {
  /** Work of this queue. */
  readonly queue?: string;
  /** Work in this state. */
  readonly state?: WorkState;
  /** The beginning of the id. */
  readonly id?: string;
  /** Maximum number of pieces of work. @default 100 */
  readonly limit?: number;
  /** For the next page: `createdAtMs` and `id` of the last work of this page. */
  readonly after?: Pick<StoredWork, 'createdAtMs' | 'id'>;
}

/** How much work is in each state, per queue. */
export interface QueueCounts {
  /** The name of the queue. */
  readonly queue: string;
  /** How much work is in each state. */
  readonly states: Readonly<Record<WorkState, number>>;
  /** Waiting work whose payload no worker of this version can read. Part of `states.waiting`. */
  readonly unreadable: number;
  /** The age of the oldest work that could run now, in milliseconds; 0 without one. */
  readonly oldestWaitingMs: number;
}

/** What does not run at the moment: a whole queue, or all work for a provider. */
export interface Pause {
  /** What is paused. */
  readonly kind: 'queue' | 'provider';
  /** The name of the queue, or of the provider as requests name it. */
  readonly name: string;
  /** Milliseconds since the epoch; `undefined`: until `resume`. */
  readonly untilMs?: number;
  /** Why, for people. At most 256 characters. */
  readonly reason: string;
}

/** Every method resolves after its change survives a power failure. @throws AiImageError `storage_failed`: the database failed */
export interface QueueEngine {
  /** Adds work, all or none. @returns per piece, `known`: work with this id exists and was not changed */
  add(work: readonly NewWork[]): Promise<readonly ('added' | 'known')[]>;
  /**
   * Takes the next work: by priority and age, without paused queues and providers. Work whose lease ended waits again first; after
   * `MAX_EXPIRATIONS` ended leases it is `dead`.
   */
  claim(params: ClaimParams): Promise<readonly Claim[]>;
  /** Extends the lease. @returns `lost`: another attempt has it, stop writing; `cancel`: `cancel` was called */
  extend(claim: Claim, leaseMs: number): Promise<'held' | 'cancel' | 'lost'>;
  /** Ends the work with its images. Repeating it changes nothing. @returns false: the claim is lost */
  complete(claim: Claim, result: WorkResult): Promise<boolean>;
  /** Ends the work without images. @returns false: the claim is lost */
  fail(claim: Claim, error: WorkError, state: 'dead' | 'unknown' | 'cancelled'): Promise<boolean>;
  /** Hands the work back: it waits again. @returns false: the claim is lost */
  release(claim: Claim, params?: ReleaseParams): Promise<boolean>;
  /** @returns `removed`: it waited and is cancelled; `asked`: it is active, and its worker is told; `gone`: it has ended, or does not exist */
  cancel(id: string): Promise<'removed' | 'asked' | 'gone'>;
  /** Makes ended work wait again, with no failures and expirations. @returns false: it has not ended, is done, or does not exist */
  retry(id: string): Promise<boolean>;
  find(id: string): Promise<StoredWork | undefined>;
  /** The latest first. */
  list(query?: WorkQuery): Promise<readonly StoredWork[]>;
  counts(versions: readonly number[]): Promise<readonly QueueCounts[]>;
  /** Replaces a pause of the same kind and name. */
  pause(pause: Pause): Promise<void>;
  /** @returns false: it was not paused */
  resume(pause: Pick<Pause, 'kind' | 'name'>): Promise<boolean>;
  /** The pauses that have not ended. */
  pauses(): Promise<readonly Pause[]>;
  /** Removes work that ended before this time, a few hundred at most. @returns how many */
  prune(endedBeforeMs: number): Promise<number>;
  /** Resolves when work may have been added, and after `maxMs` at the latest. */
  wait(maxMs: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Ended leases after which work is `dead`: it may be what ends its workers. */
export const MAX_EXPIRATIONS = 20;

/** The error of work with so many ended leases. */
export const DIED: WorkError = {
  code: 'internal',
  message: `its workers ended or froze ${MAX_EXPIRATIONS} times while they had it`,
  hint: 'It may be what ends them. Look into their logs, then retry it.',
  charged: 'unknown',
};
