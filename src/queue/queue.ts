/** The queue as hosts see it. */
import type { ManagerRequest } from '../manager/index.ts';
import type { Pause, QueueCounts, WorkError, WorkQuery, WorkResult, WorkState } from './queue-engine.ts';

/** The queue of work that names none. */
export const DEFAULT_QUEUE = 'images';

/** A request of a manager. It is stored as JSON, so its session is a name. */
export type QueueRequest = Omit<ManagerRequest, 'session'> & {
  /** The name of a session of the worker's manager: see `manager.session(name)`. */
  readonly session?: string;
};

export interface EnqueueOptions {
  /** The call id: adding the same id again adds nothing. 16 to 128 letters, digits, `-`, `_`, `.` or `:`. @default crypto.randomUUID() */
  readonly id?: string;
  /** Letters, digits, `-`, `_` and `.`, at most 64. @default 'images' */
  readonly queue?: string;
  /** Higher first: a whole number, -100 to 100. A minute of waiting counts as 1. @default 0 */
  readonly priority?: number;
  /** The earliest start. @default now */
  readonly runAt?: Date;
  /** Time limit of the call in milliseconds, from its start at the worker. @default the provider's */
  readonly deadlineMs?: number;
}

export interface Enqueued {
  readonly id: string;
  /** `known`: the same work was added before, and nothing was changed. */
  readonly outcome: 'added' | 'known';
}

/** Work in a queue. */
export interface QueuedWork {
  /** The call id. */
  readonly id: string;
  readonly queue: string;
  readonly provider?: string;
  readonly state: WorkState;
  readonly priority: number;
  readonly attempt: number;
  readonly createdAt: Date;
  readonly runAt: Date;
  readonly leaseUntil?: Date;
  readonly endedAt?: Date;
  readonly worker?: string;
  readonly isCancelRequested: boolean;
  /** The request, with stored inputs; `undefined`: its version cannot be read by this version of the library. */
  readonly request?: StoredRequest;
  readonly error?: WorkError;
  readonly result?: WorkResult;
}

/** An input image in the store. */
export interface StoredInput {
  /** The id of the image. */
  readonly artifact: string;
  /** The SHA-256 of its file, in hex. */
  readonly sha256: string;
}

/** A request as it is stored in a queue: plain JSON. Bytes of inputs are in the store. Links stay links. */
export type StoredRequest = Omit<QueueRequest, 'inputImages' | 'mask'> & {
  readonly inputImages?: readonly (string | StoredInput)[];
  readonly mask?: string | StoredInput;
};

export interface Queue {
  /**
   * Adds a request. Input images and masks that are bytes or `data:` links are saved in the store first.
   * @throws AiImageError `invalid_request`: the request or an option is wrong, or the id was used for another request; `too_large`: the
   *   request is over 64 kB without its images; `storage_failed`
   */
  enqueue(request: QueueRequest, options?: EnqueueOptions): Promise<Enqueued>;
  /** Adds several requests, all or none. */
  enqueueAll(
    work: readonly { readonly request: QueueRequest; readonly options?: EnqueueOptions }[],
  ): Promise<readonly Enqueued[]>;
  /** @returns `removed`: it waited and is cancelled; `asked`: it is running, and its worker cancels it at the vendor; `gone`: it has ended, or does not exist */
  cancel(id: string): Promise<'removed' | 'asked' | 'gone'>;
  /** Makes `dead`, `unknown` or `cancelled` work wait again. An earlier attempt that may have been charged is never repeated. @returns false: it is in another state, or does not exist */
  retry(id: string): Promise<boolean>;
  find(id: string): Promise<QueuedWork | undefined>;
  /** The latest first. */
  list(query?: WorkQuery): Promise<readonly QueuedWork[]>;
  /** One entry per queue. */
  counts(): Promise<readonly QueueCounts[]>;
  /** Stops work of a queue or of a provider from starting. Running work goes on. @default untilMs none: until `resume` */
  pause(pause: Pause): Promise<void>;
  resume(pause: Pick<Pause, 'kind' | 'name'>): Promise<boolean>;
  pauses(): Promise<readonly Pause[]>;
  /** Closes what the queue opened. The store stays open. */
  close(): Promise<void>;
}
