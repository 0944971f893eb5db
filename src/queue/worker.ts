/** The worker as hosts see it. */
import type { ImageManager } from '../manager/index.ts';
import type { GeneratedImage } from '../providers/protocol/index.ts';
import type { Queue, QueuedWork } from './queue.ts';
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
  /**
   * Receives images that were paid for and that the store could not take, for example because its disk is full, before the work ends: save
   * them elsewhere. The store puts their bytes in its quarantine, if it can. Not called for images of a vendor's job, which are fetched
   * again. @default none
   */
  readonly onUnstored?: (
    images: readonly GeneratedImage[],
    work: Pick<QueuedWork, 'id' | 'queue'>,
  ) => Promise<void> | void;
}

/** What a worker reports. */
export type WorkerEvent =
  | {
      /** What happened. */
      readonly type: 'started';
      /** The call id. */
      readonly id: string;
      /** The name of the queue. */
      readonly queue: string;
      /** How often a worker took the work, with this time. */
      readonly attempt: number;
      /** The provider that the work names. */
      readonly provider?: string;
    }
  | {
      /** What happened. */
      readonly type: 'done';
      /** The call id. */
      readonly id: string;
      /** The name of the queue. */
      readonly queue: string;
      /** How often a worker took the work, with this time. */
      readonly attempt: number;
      /** Ids of the stored images. */
      readonly artifacts: readonly string[];
      /** From the claim to the end, in milliseconds. */
      readonly durationMs: number;
      /** US dollars, if the cost is known. */
      readonly costUsd?: number;
      /** Problems that did not stop the images. */
      readonly notes?: readonly string[];
    }
  | {
      /** What happened. */
      readonly type: 'waiting';
      /** The call id. */
      readonly id: string;
      /** The name of the queue. */
      readonly queue: string;
      /** How often a worker took the work, with this time. */
      readonly attempt: number;
      /** Why. */
      readonly error: WorkError;
      /** How long it waits at least, in milliseconds. */
      readonly delayMs: number;
    }
  | {
      /** What happened. */
      readonly type: 'dead' | 'unknown' | 'cancelled';
      /** The call id. */
      readonly id: string;
      /** The name of the queue. */
      readonly queue: string;
      /** How often a worker took the work, with this time. */
      readonly attempt: number;
      /** Why. */
      readonly error: WorkError;
    }
  /** Another worker has it, because this one was too slow to extend its lease. Nothing was written. */
  | {
      /** What happened. */
      readonly type: 'lost';
      /** The call id. */
      readonly id: string;
      /** The name of the queue. */
      readonly queue: string;
      /** How often a worker took the work, with this time. */
      readonly attempt: number;
    }
  | {
      /** What happened. */
      readonly type: 'paused';
      /** The provider whose work waits. */
      readonly provider: string;
      /** When the pause ends, in milliseconds since the epoch. */
      readonly untilMs: number;
      /** Why. */
      readonly error: WorkError;
    }
  /** The database cannot be reached. The worker tries again. */
  | {
      /** What happened. */
      readonly type: 'trouble';
      /** Why. */
      readonly error: WorkError;
    };

/** Takes work from a queue and generates its images. */
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

/** How many pieces of work ended, by state. `released`: handed back, so that they wait again. */
export type WorkerTotals = Readonly<Record<'done' | 'dead' | 'unknown' | 'cancelled' | 'released', number>>;
