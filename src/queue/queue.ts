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

/** What `enqueue` returns. */
export interface Enqueued {
  /** The call id. */
  readonly id: string;
  /** `known`: the same work was added before, and nothing was changed. */
  readonly outcome: 'added' | 'known';
}

/** Work in a queue. */
export interface QueuedWork {
  /** The call id. */
  readonly id: string;
  /** The name of the queue. */
  readonly queue: string;
  /** The provider that the request names. */
  readonly provider?: string;
  /** How far it is. */
  readonly state: WorkState;
  /** Higher first, -100 to 100. */
  readonly priority: number;
  /** How often a worker took it. */
  readonly attempt: number;
  /** When it was added. */
  readonly createdAt: Date;
  /** The earliest start of its next attempt. */
  readonly runAt: Date;
  /** When its lease ends, unless its worker extends it. Only while it is active. */
  readonly leaseUntil?: Date;
  /** When it ended. */
  readonly endedAt?: Date;
  /** The name of the worker that has it, or had it last. */
  readonly worker?: string;
  /** `cancel` was called while it was active. */
  readonly isCancelRequested: boolean;
  /** The request, with stored inputs; `undefined`: its version cannot be read by this version of the library. */
  readonly request?: StoredRequest;
  /** Why it failed, or why it waits again. */
  readonly error?: WorkError;
  /** Present when it is done. */
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
  /** Images to start from: links, or images in the store. */
  readonly inputImages?: readonly (string | StoredInput)[];
  /** Which part to change: a link, or an image in the store. */
  readonly mask?: string | StoredInput;
};

/** Which work `list` returns. */
export interface QueueQuery extends Omit<WorkQuery, 'after'> {
  /** For the next page: the last work of this page. */
  readonly after?: Pick<QueuedWork, 'createdAt' | 'id'>;
}

/** A queue of requests for images, in the database of a store. */
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
  /** Cancels work. @returns `removed`: it waited and is cancelled; `asked`: it is running, and its worker cancels it at the vendor; `gone`: it has ended, or does not exist */
  cancel(id: string): Promise<'removed' | 'asked' | 'gone'>;
  /** Makes `dead`, `unknown` or `cancelled` work wait again. An earlier attempt that may have been charged is never repeated. @returns false: it is in another state, or does not exist */
  retry(id: string): Promise<boolean>;
  /** Returns work, also after its end; `undefined` if there is none. @param id the whole call id */
  find(id: string): Promise<QueuedWork | undefined>;
  /** Returns the matching work, the latest first. */
  list(query?: QueueQuery): Promise<readonly QueuedWork[]>;
  /** Returns how much work each queue has, by state. */
  counts(): Promise<readonly QueueCounts[]>;
  /** Stops work of a queue or of a provider from starting. Running work goes on. @default untilMs none: until `resume` */
  pause(pause: Pause): Promise<void>;
  /** Ends a pause. @returns false: there was none */
  resume(pause: Pick<Pause, 'kind' | 'name'>): Promise<boolean>;
  /** Returns the pauses that have not ended. */
  pauses(): Promise<readonly Pause[]>;
  /** Closes what the queue opened. The store stays open. */
  close(): Promise<void>;
}
