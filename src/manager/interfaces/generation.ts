/** What `generate` takes besides the request, and what it returns. */
import type { AiImageErrorCode, CallContext, ImageEvent } from '../../providers/protocol/index.ts';
import type { StoredGeneration } from '../../store/interfaces.ts';
import type { Composed, ManagerPlan } from './plan.ts';

/** One candidate that was tried or skipped. */
export interface Attempt {
  /** The provider's name in the settings. */
  readonly provider: string;
  /** The vendor's model id. */
  readonly model: string;
  /** What became of it. `skipped`: it was not called, e.g. because its circuit is open. */
  readonly outcome: 'done' | 'failed' | 'skipped';
  /** The code of the error, if it failed. */
  readonly code?: AiImageErrorCode;
  /** Why it failed or was skipped, as a sentence. */
  readonly reason: string;
}

export interface ManagedGeneration extends StoredGeneration {
  /** The prompt as it was sent, and what it was composed of. */
  readonly composed: Composed;
  /** Candidates that were tried or skipped, in order. */
  readonly attempts: readonly Attempt[];
  /** Says why this candidate was chosen. */
  readonly reasons: readonly string[];
  /** Problems that did not stop the image, for example that it could not be stored. Usually empty. */
  readonly notes: readonly string[];
  /** The result comes from an earlier or a simultaneous identical request, and costs nothing again. */
  readonly isCached: boolean;
  /** Id of the image that `continue` started from. */
  readonly parent?: string;
}

export type ManagerEvent =
  | {
      readonly type: 'planned';
      /** The candidates, the best first. */
      readonly plan: ManagerPlan;
    }
  | Exclude<ImageEvent, { type: 'done' }>
  | {
      readonly type: 'done';
      /** The result, as `generate` returns it. */
      readonly generation: ManagedGeneration;
    };

export type ManagerContext = Omit<CallContext, 'onEvent' | 'callId'> & {
  /**
   * The id of the call: 16 to 128 letters, digits, `-`, `_`, `.` or `:`, with at least 128 random bits, e.g. `crypto.randomUUID()`. It is
   * the id of the call's record, in hooks and traces, and the vendor's idempotency key (further submits have `<callId>-2`, …).
   *
   * The same id again never pays twice: `generate` returns the images of a call that is done, fetches those of an open job, and refuses a
   * call that may have been charged. It sends a request only if nothing was charged before. For `resume` it only names the call in hooks.
   * @default a random id
   */
  readonly callId?: string | undefined;
  /**
   * Asks for unfinished images, which arrive as `partial` events, where the model can send them. Some vendors charge a little for each;
   * `partialImages` says how many.
   * @default false
   */
  readonly wantsPartialImages?: boolean | undefined;
  /**
   * A limit for the project of the request (`metadata.costCenter`) per day in UTC, in US dollars. It applies beside the budget of the
   * manager, and of two limits the lower one counts. Only for calls that generate.
   * @default none
   */
  readonly projectPerDayUsd?: number | undefined;
  /** Called with every event of the call. Must not throw. */
  readonly onEvent?: ((event: ManagerEvent) => void) | undefined;
};
