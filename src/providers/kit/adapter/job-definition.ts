/** How an adapter describes jobs: work that the vendor finishes after it has answered the submit. */
import type * as z from 'zod/mini';
import type { HttpRequest, JobState } from '../../../transport/index.ts';
import type { AiImageErrorCode } from '../../protocol/errors.ts';
import type { FeatureLoader } from './feature-loader.ts';
import type { ReplyContext, ReportedUsage } from './reply-types.ts';

/** Identifies a job; returned by `toHandle`. */
export interface JobRef {
  readonly id: string;
  readonly pollUrl?: string | undefined;
  /** Plain JSON. */
  readonly state?: unknown;
}

/**
 * The state of a job.
 *
 * - `done`: this reply holds the images. `ready`: another request fetches them. In both cases `responseSchema` and `toImages` read
 *   the reply that holds the images.
 * - `unclear`: the reply does not say. The job counts as done if the reply holds images, else as running.
 */
export type ReadJobState =
  | Exclude<JobState, { kind: 'failed' }>
  | { readonly kind: 'unclear' }
  | { readonly kind: 'failed'; readonly message: string; readonly code?: AiImageErrorCode | undefined };

/** The model and settings of the job's request. */
export type JobContext<Own = unknown> = Pick<ReplyContext<Own>, 'model' | 'settings'>;

export interface JobDefinition<Submitted extends z.ZodMiniType, State extends z.ZodMiniType, Args, Own = unknown> {
  readonly feature: FeatureLoader<'jobs'>;
  /** Whether this request starts a job. @default every request does */
  readonly isJob?: (args: Args) => boolean;
  readonly submittedSchema: Submitted;
  /**
   * `isDone`: the vendor waited, and the reply to the submit already holds the images.
   * `remarks`: problems that the vendor reports with a request it accepted.
   */
  readonly toHandle: (
    submitted: z.output<Submitted>,
  ) => JobRef & { readonly isDone?: boolean; readonly remarks?: readonly string[] };
  /** Reads the cost that the submit reply reported from `state`, so that a job resumed in another process has it too. */
  readonly toUsage?: (job: JobRef) => ReportedUsage | undefined;
  readonly toPoll: (job: JobRef, context: JobContext<Own>) => HttpRequest;
  readonly stateSchema: State;
  /** The id of the job that the reply is about. A reply about another job is rejected. */
  readonly toJobId?: (state: z.output<State>) => string | null | undefined;
  readonly toState: (state: z.output<State>, job: JobRef) => ReadJobState;
  /** `kind`: the state of the job, if `looksBeforeCancel` is set. */
  readonly toCancel?: (
    job: JobRef,
    context: JobContext<Own> & { readonly kind?: 'queued' | 'running' | undefined },
  ) => HttpRequest | undefined;
  /** Polls once before a cancel: a late cancel would destroy the result, or the cancel request depends on the job's state. */
  readonly looksBeforeCancel?: true;
}

/** A job update that the vendor pushes. `over`: the job has ended, successfully or not. */
export type ReadJobUpdate =
  | Extract<JobState, { kind: 'queued' | 'running' }>
  | { readonly kind: 'partial'; readonly bytes: Uint8Array }
  | { readonly kind: 'over' }
  | undefined;

/** A WebSocket on which the vendor pushes job updates, in addition to polling. Messages that cannot be read are ignored. */
export interface JobWebSocketDefinition<Message extends z.ZodMiniType> {
  readonly feature: FeatureLoader<'jobWebSocket'>;
  /** Path below the base URL, with its query. The request carries the same id. */
  readonly toPath: (callId: string) => string;
  readonly messageSchema: Message;
  /** @returns `undefined` for a message that is not about this job */
  readonly toUpdate: (message: z.output<Message>, job: JobRef) => ReadJobUpdate;
  /** The same for a binary message. */
  readonly toUpdateFromBytes?: (bytes: Uint8Array, job: JobRef) => ReadJobUpdate;
}
