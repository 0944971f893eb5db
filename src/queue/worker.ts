/** The worker as hosts see it. */
import type { ImageManager } from '../manager/index.ts';
import type { Queue } from './queue.ts';
import type { WorkError } from './queue-engine.ts';

export interface WorkerSettings {
  /** What `createQueue` returned. */
  readonly queue: Queue;
  /** A manager with the store of the queue: the same object. Another store is refused. */
  readonly manager: ImageManager;
  /** Pieces of work at the same time. @default 4 */
  readonly concurrency?: number;
  /** Queues to take work from. @default all */
  readonly queues?: readonly string[];
  /** How long a claim lasts without a sign of life, in milliseconds. It is extended three times in this time. @default 60_000 */
  readonly leaseMs?: number;
  /** Failed attempts of one piece of work, after which it is `dead`. Only attempts that were certainly not charged are repeated. @default 3 */
  readonly maxFailures?: number;
  /** How long ended work is kept, in milliseconds. @default 30 days */
  readonly keepEndedMs?: number;
  /** The name of the worker in lists. @default host name and process id */
  readonly name?: string;
  /** Receives every change of state. Errors it throws are ignored. */
  readonly onEvent?: (event: WorkerEvent) => void;
}

export type WorkerEvent =
  | {
      readonly type: 'started';
      readonly id: string;
      readonly queue: string;
      readonly attempt: number;
      readonly provider?: string;
    }
  | {
      readonly type: 'done';
      readonly id: string;
      readonly queue: string;
      readonly attempt: number;
      readonly artifacts: readonly string[];
      readonly durationMs: number;
      readonly costUsd?: number;
      readonly notes?: readonly string[];
    }
  | {
      readonly type: 'waiting';
      readonly id: string;
      readonly queue: string;
      readonly attempt: number;
      readonly error: WorkError;
      readonly delayMs: number;
    }
  | {
      readonly type: 'dead' | 'unknown' | 'cancelled';
      readonly id: string;
      readonly queue: string;
      readonly attempt: number;
      readonly error: WorkError;
    }
  /** Another worker has it, because this one was too slow to extend its lease. Nothing was written. */
  | { readonly type: 'lost'; readonly id: string; readonly queue: string; readonly attempt: number }
  | { readonly type: 'paused'; readonly provider: string; readonly untilMs: number; readonly error: WorkError }
  /** The database cannot be reached. The worker tries again. */
  | { readonly type: 'trouble'; readonly error: WorkError };

export interface Worker {
  /**
   * Takes work until `stop`, or until nothing is left.
   * @param until `forever`; `once`: one piece of work, or none if none is ready; `drained`: until no work is ready or running
   * @returns how many pieces of work ended, by state
   * @throws AiImageError `invalid_request`: it is running already, or the manager or the store is closed; `not_configured`: the database
   *   refuses the settings. The work waits in the queue
   */
  run(until?: 'forever' | 'once' | 'drained'): Promise<WorkerTotals>;
  /**
   * Takes no further work, and lets running work end. After `graceMs`, work that waits for a vendor's job is handed back: the next worker
   * fetches its images. Jobs are not cancelled. @param graceMs @default 25_000
   */
  stop(graceMs?: number): Promise<void>;
}

export type WorkerTotals = Readonly<Record<'done' | 'dead' | 'unknown' | 'cancelled' | 'released', number>>;
