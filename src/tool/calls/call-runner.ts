/** Starts the calls of tools and finds them again. A server brings its own, so that its list of runs has them. */
import type { ManagedGeneration, ManagerEvent } from '../../manager/interfaces/generation.ts';
import type { ManagerRequest } from '../../manager/interfaces/request.ts';
import type { StoredGeneration } from '../../store/interfaces.ts';

/** A call to start, or to join if its id is known. */
export interface ToolCallStart {
  /** The call id: the same id never pays twice. */
  readonly id: string;
  /** What to generate. */
  readonly request: ManagerRequest;
}

/** A call that was started, or joined. */
export interface StartedToolCall {
  /** The id under which it is found again. Agents see it as `job_id`. */
  readonly id: string;
  /** Settles with the images, or rejects with an `AiImageError`. */
  readonly result: Promise<ManagedGeneration>;
  /** Calls the listener with events from now on. @returns a function that removes the listener */
  readonly onEvent: (listener: (event: ManagerEvent) => void) => () => void;
  /** Cancels the call if nothing was sent to a vendor yet. A call that was sent goes on. */
  readonly cancelUnsent: () => void;
}

/** A call that is on record. */
export type FoundToolCall =
  | {
      /** Another process works on it. */
      readonly state: 'running';
    }
  | {
      /** It has images. */
      readonly state: 'done';
      /** The images and how they were made. */
      readonly generation: StoredGeneration;
      /** Problems that did not stop the images, as sentences. */
      readonly notes: readonly string[];
    }
  | {
      /** It has none. */
      readonly state: 'failed';
      /** Why: an `AiImageError`. */
      readonly error: unknown;
    };

/** Starts calls, and finds them by their ids. */
export interface ToolCallRunner {
  /** Starts a call, or joins the one with this id. @throws AiImageError before anything is sent, for example when too many calls run */
  readonly start: (call: ToolCallStart) => Promise<StartedToolCall>;
  /**
   * Finds a call by its id: one of this process, or one on record. Fetches the images of an open job of an earlier process. Never pays.
   * @returns `undefined`: no such call is known here
   */
  readonly find: (id: string) => Promise<FoundToolCall | StartedToolCall | undefined>;
  /** Waits until running calls have ended. @param deadlineMs the longest wait, in milliseconds @default no limit */
  readonly close: (deadlineMs?: number) => Promise<void>;
}
