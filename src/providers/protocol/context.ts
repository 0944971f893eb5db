import type { ImageEvent } from './events.ts';
import type { JobHandle } from './job.ts';

/** What belongs to one call and not to the picture. */
export interface CallContext {
  /** Ends the call within 250 ms. A job under way is cancelled at the vendor when it can be. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The whole call's limit in milliseconds: waiting, connecting, retries, polls, download.
   * @default the provider's `deadlineMs`
   */
  readonly deadlineMs?: number | undefined;
  /**
   * Called and awaited with a job's handle before the first poll, so that it can be written down. A rejection ends the call;
   * the handle is then in the error.
   */
  readonly onJob?: ((handle: JobHandle) => void | Promise<void>) | undefined;
  /** Called with everything that happens on the way. Must not throw. */
  readonly onEvent?: ((event: ImageEvent) => void) | undefined;
  /**
   * What to do when the vendor sends another size or format than was asked for and paid: hand it out with a warning, or reject with
   * the bytes in `quarantine`. It is never bought again.
   * @default 'warn'
   */
  readonly onMismatch?: 'warn' | 'error' | undefined;
  /**
   * Sent to vendors that honour one, so that a repeated submit is charged once. At least 128 random bits.
   * @default made by the provider for each submit
   */
  readonly idempotencyKey?: string | undefined;
  /**
   * Hands out the vendor's own link of each picture too, where it gives one. Whoever has the link has the picture: keep it like a key.
   * @default false
   */
  readonly links?: boolean | undefined;
}
