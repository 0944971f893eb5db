/** The calls that this server makes: each is started once, outlives the request that started it, and is found again. */
import type { ImageFormat, ManagedGeneration, ManagerEvent, ManagerRequest } from '../../../index.ts';
import type { Caller } from '../tenants/caller.ts';

/** What makes two requests the same call. */
export interface CallIdentity {
  /** The `Idempotency-Key` of the request: 1 to 255 characters. */
  readonly key?: string;
  /** SHA-256 over method, path and body, in hex. The parts of a multipart body count, not its boundary. */
  readonly hash: string;
  /** The client says that it repeats a request: `x-stainless-retry-count` above 0, or `x-imagen-retry`. */
  readonly isRetry: boolean;
}

export interface RunStart {
  /** The request for the manager. The run list adds `metadata.costCenter` and the profile of the caller. */
  readonly request: ManagerRequest;
  readonly caller: Caller;
  readonly identity: CallIdentity;
  /** Time limit of the call in milliseconds. @default the provider's */
  readonly deadlineMs?: number;
  /** The most unfinished images of each image to ask the provider for. Calls of a queue have none. @default 0 */
  readonly partialImages?: number;
}

export type RunState = 'waiting' | 'running' | 'done' | 'failed' | 'unknown' | 'cancelled';

/** A call, as lists and events show it. */
export interface RunSummary {
  /** The call id. */
  readonly id: string;
  readonly state: RunState;
  /** The name of the token that started it. */
  readonly token: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly operation: 'generate' | 'edit';
  /** Empty where the store keeps no prompts. */
  readonly prompt: string;
  /** Number of images asked for. */
  readonly images: number;
  readonly provider?: string;
  readonly model?: string;
  /** Ids of stored images. */
  readonly artifacts: readonly string[];
  readonly costUsd?: number;
  /** The id of the vendor's job. */
  readonly job?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly charged: 'no' | 'yes' | 'unknown' };
}

/** One step of a run. `sequence` counts the events of the server, from 1. */
export interface RunEvent {
  readonly sequence: number;
  /** ISO 8601. */
  readonly at: string;
  readonly type: 'queued' | 'submitted' | 'progress' | 'partial' | 'done' | 'failed' | 'unknown' | 'cancelled';
  readonly run: RunSummary;
  /** From 0 to 1, with `progress`. */
  readonly progress?: number;
  /** The unfinished image of a `partial` event, while it is the latest one of a run that goes on. */
  readonly partial?: PartialImage;
}

export interface PartialImage {
  /** Position among the requested images, from 0. */
  readonly index: number;
  readonly imageBytes: Uint8Array;
  readonly format: ImageFormat;
}

/** A call that a request waits for. */
export interface Run {
  /** The call id. */
  readonly id: string;
  /** This request joined a call that another one had started: `x-imagen-adopted`. */
  readonly isAdopted: boolean;
  readonly summary: () => RunSummary;
  /** Settles with the images, or rejects with the error of the manager. A request that hangs up does not end the call. */
  readonly result: Promise<ManagedGeneration>;
  /** Calls the listener with events of the manager from now on. @returns a function that removes the listener */
  readonly onEvent: (listener: (event: ManagerEvent) => void) => () => void;
}

export interface RunList {
  /**
   * Starts a call, or joins the one that has the same identity.
   * @throws HttpFault 422 `idempotency_key_reused`: the key was used for another request; 503 `overloaded`: too many calls wait; 503 while
   *   the server closes; 403: the caller may not use the model
   */
  readonly start: (start: RunStart) => Promise<Run>;
  /** Calls of this server since it started, the latest first, at most 1,000. @param token only those of this token */
  readonly list: (token?: string) => readonly RunSummary[];
  /** Finds a call by its id, also one that ended before the server started. */
  readonly find: (id: string) => Promise<RunSummary | undefined>;
  /** Cancels a call at the vendor, if the vendor can. @returns false: it has ended, or is not a call of this server */
  readonly cancel: (id: string) => Promise<boolean>;
  /** Yields events from now on, after those with a higher sequence than `after` that are still known: the last 1,000. */
  readonly events: (options: {
    readonly after?: number;
    readonly token?: string;
    readonly signal: AbortSignal;
  }) => AsyncIterable<RunEvent>;
  /** Number of calls that run and that wait. */
  readonly counts: () => { readonly running: number; readonly waiting: number };
  /** Fetches the open jobs of earlier processes. Never submits anything. */
  readonly resumeOpenJobs: () => Promise<void>;
  readonly close: (deadlineMs?: number) => Promise<void>;
}
