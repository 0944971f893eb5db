/** The manager as its callers see it. */
import type {
  AiImageError,
  CloseOptions,
  Health,
  JobHandle,
  ModelCard,
  ModelsOptions,
} from '../../providers/protocol/index.ts';
import type { JobRecord, ManagerStore, Settlement, StoredGeneration } from '../../store/interfaces.ts';
import type { BatchOptions, BatchResult } from './batch.ts';
import type { CallRecord } from './call-record.ts';
import type { ManagedGeneration, ManagerContext, ManagerEvent } from './generation.ts';
import type { ManagerPlan } from './plan.ts';
import type { Preferences, StylePreset } from './profile.ts';
import type { ManagerRequest, Session } from './request.ts';

/** What a person found out about a call with an unknown outcome. The manager adds the time and records it as a `Settlement`. */
export interface SettleParams extends Pick<Settlement, 'charged' | 'usd'> {
  /** Who settles the call. @default 'the host application' */
  readonly by?: string;
}

export type ResumeOutcome =
  | {
      /** The record of the job. */
      readonly job: JobRecord;
      /** Its images, saved if there is a store. */
      readonly generation: StoredGeneration;
    }
  | {
      /** The record of the job. */
      readonly job: JobRecord;
      /** Why its images could not be fetched. */
      readonly error: AiImageError;
    };

export interface ImageManager {
  /** The store of the settings. */
  readonly store?: ManagerStore | undefined;
  /** The names of the providers of the settings, in their order. */
  readonly providers?: readonly string[] | undefined;
  /** The names of the profiles of the settings. */
  readonly profiles?: readonly string[] | undefined;
  /** Composes, plans, routes and generates. **Costs money.** @throws AiImageError; `budget_exceeded` and `policy_denied` before any call */
  generate(request: ManagerRequest, context?: ManagerContext): Promise<ManagedGeneration>;
  /** Does the same and yields every event of the call. Leaving the loop early aborts the call. */
  stream(request: ManagerRequest, context?: ManagerContext): AsyncIterable<ManagerEvent>;
  /** Shows what `generate` would do. Sends nothing and has no side effect. */
  plan(request: ManagerRequest): Promise<ManagerPlan>;
  /**
   * Returns the model cards of each provider, by its name in the settings and then by model id. Costs nothing. Sends nothing, except to
   * servers that list their own models, such as ComfyUI: their list is requested and cached for five minutes. If it cannot be fetched,
   * what is known of it is returned.
   */
  models(options?: ModelsOptions): Promise<Readonly<Record<string, Readonly<Record<string, ModelCard>>>>>;
  /** Fetches the images of a submitted job. Does not generate or charge anything. @param id the id of the job, or its handle */
  resume(id: string | JobHandle, context?: ManagerContext): Promise<StoredGeneration>;
  /** Fetches all open jobs, like `resumeAll()`. */
  resume(): Promise<readonly ResumeOutcome[]>;
  /**
   * Fetches every open job that no process is working on. Expired jobs are left out: `resume(id)` fetches them. A job that fails is
   * reported in its outcome and does not throw.
   */
  resumeAll(context?: ManagerContext): Promise<readonly ResumeOutcome[]>;
  /**
   * Lists recorded calls and jobs, the latest first, also calls without a job: all open ones, and the latest thousand that have ended. `unknown` and `expired` ones
   * may have been charged; they stay until `settle` ends them.
   */
  jobs(): Promise<readonly JobRecord[]>;
  /**
   * Returns what is recorded of a call: its state, the ids of its stored images, and the records of its submits and jobs. Ended calls are
   * found for 30 days in a store; without a store, the latest ten thousand.
   * @param id the call id: `callId` of the context of `generate`
   * @returns `undefined`: no such call is recorded
   */
  findCall(id: string): Promise<CallRecord | undefined>;
  /**
   * Ends an open, unknown or expired call as a person says, and writes that to the ledger and the record. Sends nothing. The record has
   * the state `failed` afterwards, whether the call was charged or not.
   * @param id the id of the job, or of the call
   * @throws AiImageError `invalid_request`: no such call, or it has ended, was settled before, or is in use by a process
   */
  settle(id: string, params: SettleParams): Promise<JobRecord>;
  /**
   * Generates one image per variation. **Costs money.** A failed item does not stop the others.
   * @param prompt contains `{{variation}}`
   * @throws AiImageError `invalid_request`: the prompt has no `{{variation}}`, or an option is wrong
   */
  each(prompt: string, variations: readonly string[], options?: BatchOptions): Promise<BatchResult>;
  /**
   * Edits the first image of a result with a prompt, at the provider that generated it. **Costs money.**
   * @param more further fields of the request. Its `inputImages` follow the image of the result
   */
  continue(
    previous: ManagedGeneration,
    prompt: string,
    more?: Partial<ManagerRequest>,
    context?: ManagerContext,
  ): Promise<ManagedGeneration>;
  /**
   * Records style, size, model and colours of a good result as preferences of the profile. Requests use them if the profile has
   * `remembers: true`. Does not save or mark the image: `store.keep(id)` marks a stored image.
   */
  rememberPreferences(generation: ManagedGeneration, profile: string): Promise<void>;
  /** Returns the preferences of a profile. */
  preferences(profile: string): Promise<Preferences>;
  /** Deletes the preferences of a profile. */
  forget(profile: string): Promise<void>;
  /**
   * Returns a session. The same name returns the same session; with a store, its cached results and its spending outlive the process.
   * The ten thousand names that were used last are remembered; a forgotten one counts its images from 0 again.
   * @param name at most 256 characters @default a new session with a random id
   * @throws AiImageError `invalid_request`: the name is not a text, or too long
   */
  session(name?: string): Session;
  /** Returns the style presets that requests can name as `style`, by name: the built-in ones and those of the settings. */
  styles(): Promise<Readonly<Record<string, StylePreset>>>;
  /** Checks every provider, by name. Costs nothing. A provider that reports a problem is tried last until it recovers. */
  health(): Promise<Readonly<Record<string, Health>>>;
  /**
   * Refuses new calls with `invalid_request`, including further items of a running batch and `resume`. Waits until running calls finish
   * and their images are stored, then closes the providers: other code that uses the same provider objects cannot use them any more.
   * `plan`, `jobs` and `preferences` still work.
   * @param options after `deadlineMs`, running calls are aborted; their jobs can still be resumed
   */
  close(options?: CloseOptions): Promise<void>;
}
