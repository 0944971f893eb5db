/** What a manager is asked, and what it answers. */
import type {
  AiImageError,
  AiImageErrorCode,
  CallContext,
  CloseOptions,
  EditRequest,
  Health,
  ImageEvent,
  ImageRequest,
  JobHandle,
  RequestPlan,
} from '../providers/protocol/index.ts';
import type { JobRecord, StoredGeneration } from '../store/interfaces.ts';
import type { Preferences } from './prompt/style-memory.ts';

/** A picture that is wanted: a request of the protocol, and what only a manager understands. */
export type ManagerRequest = (ImageRequest | EditRequest) & {
  /** By the name it has in the settings. @default chosen, see `route` */
  readonly provider?: string;
  /** Stands in the place of each `{{variation}}` of the prompt, as it is. */
  readonly variation?: string;
  /** A name of `profiles`. @default none: everything is allowed */
  readonly profile?: string;
  /** From `images.session()`: what is counted and remembered together. */
  readonly session?: Session;
  /**
   * Who is asked next where a provider cannot: `'provider'` or `'provider/model'`, the nearest first. An empty list: nobody.
   * @default the other candidates, in the order they were routed
   */
  readonly fallback?: readonly string[];
  /**
   * `url`: the vendor's own link comes too, in `link` of each picture, where there is one. Bytes come always.
   * @default 'bytes'
   */
  readonly output?: 'bytes' | 'url';
  /** Ids of kept pictures that this one is made from, e.g. those of `inputImages`. Written down with it. */
  readonly parents?: readonly string[];
};

/** What belongs together, e.g. one person at work. Plain state of the manager's; two sessions share nothing. */
export interface Session {
  /** The name it was given, else of random bits. */
  readonly id: string;
  /** Pictures that came so far. */
  readonly images: number;
}

/** A style by name: words that are added to the prompt. */
export interface StylePreset {
  readonly prompt: string;
  readonly negativePrompt?: string;
}

/** What a group of callers may do. */
export interface Profile {
  /** @default true */
  readonly enabled?: boolean;
  /** @default all */
  readonly allowedProviders?: readonly string[];
  /** @default no limit */
  readonly maxImagesPerSession?: number;
  /** Words that are added to every prompt. */
  readonly styleGuidance?: string;
  /** What a request leaves open is as here. */
  readonly defaults?: Partial<Omit<ManagerRequest, 'prompt' | 'profile' | 'session'>>;
  /** What was kept (`images.keep`) shapes what a request leaves open: style, size, model, colours. @default false */
  readonly remembers?: boolean;
}

/** Dollars that may be spent. Each that is given holds. */
export interface BudgetLimits {
  readonly perCallUsd?: number;
  /** A call without a session counts as a session of its own. */
  readonly perSessionUsd?: number;
  /** Of a day in UTC. */
  readonly perDayUsd?: number;
  readonly perMonthUsd?: number;
  /** By `metadata.costCenter`. */
  readonly perProjectUsd?: Readonly<Record<string, number>>;
  /** For each project that `perProjectUsd` does not name. @default no limit */
  readonly perProjectDefaultUsd?: number;
  /** `'provider/model'`: may be used although nobody knows its price. @default none, where there is a limit */
  readonly allowUnpriced?: readonly string[];
}

/** The prompt as it was put together. */
export interface Composed {
  /** The caller's own words. */
  readonly own: string;
  /** The preset that was used. */
  readonly style?: string;
  readonly prompt: string;
  readonly negativePrompt?: string;
  /** What was added to the caller's own words, and why. */
  readonly parts: readonly { readonly from: 'style' | 'profile' | 'memory' | 'negative'; readonly text: string }[];
  /** What was left out or moved, in words for a person. */
  readonly notes: readonly string[];
}

/** One way to get the picture. */
export interface Candidate {
  readonly provider: string;
  readonly model: string;
  readonly composed: Composed;
  /** What would be sent, adapted, refused and charged. */
  readonly plan: RequestPlan;
  /** Why it stands where it does, in words for a person. */
  readonly reasons: readonly string[];
}

export interface ManagerPlan {
  /** The best first; only those that can. */
  readonly candidates: readonly Candidate[];
  /** Those that cannot, with their refusals. */
  readonly refused: readonly Candidate[];
}

/** One provider that was asked, or why it was not. */
export interface Attempt {
  readonly provider: string;
  readonly model: string;
  readonly outcome: 'done' | 'failed' | 'skipped';
  readonly code?: AiImageErrorCode;
  readonly reason: string;
}

export interface ManagedGeneration extends StoredGeneration {
  readonly composed: Composed;
  readonly attempts: readonly Attempt[];
  readonly reasons: readonly string[];
  /** What failed around the picture, in words for a person, e.g. that it could not be kept. Mostly empty. */
  readonly notes: readonly string[];
  /** It was drawn for an earlier or a simultaneous request that was the same, and costs nothing again. */
  readonly isCached: boolean;
  /** The picture that it goes on from. */
  readonly parent?: string;
}

export type ManagerEvent =
  | { readonly type: 'planned'; readonly plan: ManagerPlan }
  | Exclude<ImageEvent, { type: 'done' }>
  | { readonly type: 'done'; readonly generation: ManagedGeneration };

export type ManagerContext = Omit<CallContext, 'onEvent'> & {
  /** Called with everything that happens on the way. Must not throw. */
  readonly onEvent?: ((event: ManagerEvent) => void) | undefined;
};

/** One picture of a batch. */
export type BatchItem =
  | { readonly status: 'waiting'; readonly index: number; readonly variation: string }
  /** `generation` only where it was to be collected. */
  | {
      readonly status: 'done';
      readonly index: number;
      readonly variation: string;
      readonly generation?: ManagedGeneration;
    }
  | { readonly status: 'failed'; readonly index: number; readonly variation: string; readonly error: AiImageError };

export interface BatchResult {
  /** In the order of the variations. */
  readonly items: readonly BatchItem[];
  readonly isComplete: boolean;
}

export interface BatchOptions {
  /** Calls at once. @default 4 */
  readonly concurrency?: number;
  /** How often one that failed and cost nothing is tried again. @default 0 */
  readonly retryFailed?: number;
  /** Keeps the pictures in the result; without it memory stays flat, and `onItem` is where they are. @default true */
  readonly collect?: boolean;
  /** What all have in common. */
  readonly request?: Partial<ManagerRequest>;
  /** An earlier result: what is done there is not bought again. */
  readonly previous?: BatchResult;
  readonly onItem?: (item: BatchItem, finished: number, all: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What a person found out at the vendor about a call that has no clear end. */
export interface Settlement {
  /** Whether the vendor charged it. */
  readonly charged: boolean;
  /** Dollars, for one that was charged. @default what was promised */
  readonly usd?: number;
  /** Who decided; stands on the record. @default 'the host application' */
  readonly by?: string;
}

export type ResumeOutcome =
  | { readonly job: JobRecord; readonly generation: StoredGeneration }
  | { readonly job: JobRecord; readonly error: AiImageError };

export interface ImageManager {
  /** Composes, plans, routes and draws. **Costs money.** @throws AiImageError; `budget_exceeded` and `policy_denied` before any call */
  generate(request: ManagerRequest, context?: ManagerContext): Promise<ManagedGeneration>;
  /** The same with everything that happens on the way. Leaving the loop early aborts the call. */
  stream(request: ManagerRequest, context?: ManagerContext): AsyncIterable<ManagerEvent>;
  /** What would happen. No call, no side effect. */
  plan(request: ManagerRequest): Promise<ManagerPlan>;
  /** Fetches a submitted job. Buys nothing. @param id that of the job, or its handle */
  resume(id: string | JobHandle, context?: ManagerContext): Promise<StoredGeneration>;
  /** Without one: all of them, as `resumeAll`. */
  resume(): Promise<readonly ResumeOutcome[]>;
  /** The same for every open job that no process works on. Expired ones are left out: `resume(id)` fetches them. Throws nothing for one that fails. */
  resumeAll(context?: ManagerContext): Promise<readonly ResumeOutcome[]>;
  /**
   * Calls and jobs on record, the latest first: all open ones, and the latest thousand that have ended. `unknown` and `expired` ones may
   * have been charged; they stay until `settle` ends them.
   */
  jobs(): Promise<readonly JobRecord[]>;
  /**
   * Ends an open, unknown or expired call by a person's decision, and writes it into the ledger and onto the record. Makes no call.
   * @param id of the job, or of the call
   * @throws AiImageError `invalid_request`: there is no such call, it has ended, it was settled before, or a process works on it
   */
  settle(id: string, settlement: Settlement): Promise<JobRecord>;
  /** One picture for each variation. **Costs money.** What failed does not take the others with it. */
  each(prompt: string, variations: readonly string[], options?: BatchOptions): Promise<BatchResult>;
  /** Changes the first picture of a result by words, at the provider that drew it. **Costs money.** */
  continue(
    previous: ManagedGeneration,
    prompt: string,
    more?: Partial<ManagerRequest>,
    context?: ManagerContext,
  ): Promise<ManagedGeneration>;
  /** Says that a picture was a good one: its profile remembers what it was like, where it may. */
  keep(generation: ManagedGeneration, profile: string): Promise<void>;
  /** What a profile remembers. */
  memory(profile: string): Promise<Preferences>;
  forget(profile: string): Promise<void>;
  /** @param name one that was given before means the same session; its cache and its spending last as long as the store @default a new one */
  session(name?: string): Session;
  /** By provider. Costs nothing. Who is failing is asked last until it is well again. */
  health(): Promise<Readonly<Record<string, Health>>>;
  /**
   * Refuses new calls (`not_configured`), also those of a batch under way and `resume`; waits for running ones until their images are kept;
   * then closes the providers, also for other code that holds them. Reading (`plan`, `jobs`, `memory`) goes on working.
   * @param options `deadlineMs`: then running calls are aborted; their jobs stay resumable
   */
  close(options?: CloseOptions): Promise<void>;
}
