/** What an adapter is: data and pure functions. Three pairs, read top to bottom: the way out, the way back, the way wrong. */
import type * as z from 'zod/mini';
import {
  type AuthStrategy,
  DataUrl,
  type HttpRequest,
  type JobState,
  type PartField,
  type TransportLimits,
  type UploadTarget,
} from '../../../transport/index.ts';
import type { AiImageErrorCode } from '../../protocol/errors.ts';
import type { ModelCard } from '../../protocol/model-card.ts';
import type { Refusal } from '../../protocol/plan.ts';
import type { ImageFormat, MediaType, Operation } from '../../protocol/vocabulary.ts';
import type { WebhookReport } from '../../protocol/webhook.ts';
import type { ModelTier } from '../model-tier.ts';
import type { Size } from '../sizes.ts';
import type { ProviderAbout } from './about.ts';

/** A picture handed in, checked. */
export interface InputFile {
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
  readonly mediaType: MediaType;
  /** Made up, with the right extension: `image-1.png`. */
  readonly fileName: string;
  /** The vendor's name for the file, where it was handed over before the request; see `UploadDefinition`. */
  readonly reference?: string;
}

/** A mask handed in, checked and converted. */
export interface MaskFile extends InputFile {
  /** It has pixels nearer to white and pixels nearer to black. Absent while it is not read: a plan fetches no links. */
  readonly hasBothColours?: boolean;
}

/** The fields of a request as a model takes them. An absent one was not asked for. */
export interface ResolvedFields {
  /** Empty where the operation takes none or goes without. */
  readonly prompt: string;
  readonly negativePrompt?: string;
  readonly size?: Size;
  /** On models that take ratios; `size` then says the pixels it gives. */
  readonly aspectRatio?: string;
  /** The vendor's word for pixels that are not the usual ones: asked for by size or quality. */
  readonly tier?: string;
  readonly style?: string;
  /** The vendor's word. */
  readonly quality?: string;
  /** The vendor's word. */
  readonly safety?: string;
  readonly seed?: number;
  readonly format?: ImageFormat;
  readonly background?: string;
}

/** One request's worth of pictures, every field checked against the model's card. */
export interface RequestArgs<Options, Settings = unknown> extends ResolvedFields {
  readonly model: string;
  /** The card the request was checked against. */
  readonly card: ModelCard;
  /** How many pictures this request is for; at most the card's `maxImages`. */
  readonly n: number;
  /** Which of all pictures of the call the first of this request is, from 0. */
  readonly firstIndex: number;
  /** A UUID made up for this request, for vendors that want one. */
  readonly callId: string;
  readonly options: Options;
  /** The provider's own, e.g. the customer's project. */
  readonly settings: Settings;
  /** Unfinished pictures wanted; 0 outside of streaming. */
  readonly partials: number;
  /** True when the answer is to arrive in events. */
  readonly isStreaming: boolean;
}

export interface EditArgs<Options, Settings = unknown> extends RequestArgs<Options, Settings> {
  readonly operation: Operation;
  readonly inputs: readonly [InputFile, ...InputFile[]];
  /** In the card's convention. */
  readonly mask?: MaskFile;
}

/** What else is known when an answer is read. */
export interface ReplyContext<Settings = unknown> {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
  readonly settings: Settings;
}

/** One picture of an answer, or its refusal. */
export type ImageItem =
  /** `request`: the picture is fetched from the API itself, with the credential; `link`: from anywhere, without one. */
  | (({ readonly bytes: Uint8Array } | { readonly link: string } | { readonly request: HttpRequest }) & {
      readonly revisedPrompt?: string | null | undefined;
      readonly seed?: number | null | undefined;
      /** The model that drew it, when the vendor tells. */
      readonly model?: string | null | undefined;
      /** The vendor calls it a draft or a thought. It is handed out where no finished image came. */
      readonly isDraft?: boolean | undefined;
    })
  /** The vendor did not make or show this one; why. */
  | { readonly refused: string }
  /** The vendor says in words that there is none, and refuses nothing. */
  | { readonly missing: string };

/** Counts the vendor reports; whatever it does not tell is left out. */
export interface ReportedUsage {
  readonly inputTokens?: number | null | undefined;
  readonly outputTokens?: number | null | undefined;
  readonly totalTokens?: number | null | undefined;
  readonly textInputTokens?: number | null | undefined;
  readonly imageInputTokens?: number | null | undefined;
  readonly imageOutputTokens?: number | null | undefined;
  readonly textOutputTokens?: number | null | undefined;
  /** Money, where the vendor tells it. */
  readonly usd?: number | null | undefined;
}

/** What a failed answer means. */
export interface ReadError {
  readonly message: string;
  /** When the body says more than the status. */
  readonly code?: AiImageErrorCode | undefined;
  readonly hint?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** When the vendor's word is that such an answer is never billed. */
  readonly charged?: 'no' | undefined;
}

/** Which job: what `toHandle` gave. */
export interface JobRef {
  readonly id: string;
  readonly pollUrl?: string | undefined;
  /** Plain JSON. */
  readonly state?: unknown;
}

/**
 * How a job stands. `done`: this answer holds the pictures; `ready`: they have to be asked for. Either way `responseSchema` and `toImages`
 * read the answer that holds them. `unclear`: the answer does not say; it is done if it holds images, else it goes on.
 */
export type ReadJobState =
  | Exclude<JobState, { kind: 'failed' }>
  | { readonly kind: 'unclear' }
  | { readonly kind: 'failed'; readonly message: string; readonly code?: AiImageErrorCode | undefined };

/** For whom a job works. */
export type JobContext<Own = unknown> = Pick<ReplyContext<Own>, 'model' | 'settings'>;

export interface JobDefinition<Submitted extends z.ZodMiniType, State extends z.ZodMiniType, Args, Own = unknown> {
  /** Whether this request begins a job; without it, every one does. */
  readonly isJob?: (args: Args) => boolean;
  readonly submittedSchema: Submitted;
  /**
   * `isDone`: the vendor waited, and the answer to the submit holds the pictures already.
   * `remarks`: what the vendor says is wrong with a request that it accepted all the same.
   */
  readonly toHandle: (
    submitted: z.output<Submitted>,
  ) => JobRef & { readonly isDone?: boolean; readonly remarks?: readonly string[] };
  /** What the answer to the submit said about cost, out of `state`: then a job resumed elsewhere has it too. */
  readonly toUsage?: (job: JobRef) => ReportedUsage | undefined;
  readonly toPoll: (job: JobRef, context: JobContext<Own>) => HttpRequest;
  readonly stateSchema: State;
  /** The job that an answer about a job names. One about another job is refused. */
  readonly toJobId?: (state: z.output<State>) => string | null | undefined;
  readonly toState: (state: z.output<State>, job: JobRef) => ReadJobState;
  /** `kind`: how the job stands, where `looksBeforeCancel`. */
  readonly toCancel?: (
    job: JobRef,
    context: JobContext<Own> & { readonly kind?: 'queued' | 'running' | undefined },
  ) => HttpRequest | undefined;
  /** A cancel that comes too late would destroy the result, or it depends on how the job stands: it is asked about first. */
  readonly looksBeforeCancel?: true;
}

/** News of a job that the vendor tells by itself. `over`: it has ended, one way or the other. */
export type ReadNews =
  | Extract<JobState, { kind: 'queued' | 'running' }>
  | { readonly kind: 'partial'; readonly bytes: Uint8Array }
  | { readonly kind: 'over' }
  | undefined;

/** A WebSocket on which the vendor tells how jobs stand, beside being asked. What cannot be read there is passed over. */
export interface LineDefinition<Message extends z.ZodMiniType> {
  /** Below the base URL, with the query. The request is told the same id. */
  readonly toPath: (callId: string) => string;
  readonly messageSchema: Message;
  /** @returns `undefined` for what is not about this job */
  readonly toNews: (message: z.output<Message>, job: JobRef) => ReadNews;
  /** The same for a message of bytes. */
  readonly toNewsOfBytes?: (bytes: Uint8Array, job: JobRef) => ReadNews;
}

/** One event of a streamed answer; `undefined` passes it over. */
export type ReadEvent =
  | { readonly kind: 'partial'; readonly index: number; readonly bytes: Uint8Array }
  | { readonly kind: 'image'; readonly item: ImageItem; readonly usage?: ReportedUsage | undefined }
  /** A piece of what the model writes; see `toText`. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'usage'; readonly usage: ReportedUsage }
  /** The answer is whole, also when no image was in it. */
  | { readonly kind: 'end' }
  | ({ readonly kind: 'failed' } & Omit<ReadError, 'retryAfterMs' | 'charged'>)
  | undefined;

export interface StreamDefinition<Event extends z.ZodMiniType> {
  readonly eventSchema: Event;
  /** One event may hold several things. */
  readonly toEvent: (event: z.output<Event>) => ReadEvent | readonly ReadEvent[];
  /**
   * Reads all pieces of text together, once the answer is whole: what the model says, and images that stand in the text itself.
   * @param hasImages whether some came beside the text
   */
  readonly toText?: (
    text: string,
    hasImages: boolean,
  ) => { readonly text: string; readonly items: readonly ImageItem[] };
}

/** A free question whose answer a request needs, e.g. who serves a model today. Asked before the submit, not for a plan. */
export interface LookupDefinition<Answer extends z.ZodMiniType, Options, Args> {
  /** `undefined`: this request needs none. */
  readonly toRequest: (args: Args) => HttpRequest | undefined;
  readonly answerSchema: Answer;
  /** @returns the options with what was found in them, or why the request cannot be sent */
  readonly toOptions: (answer: z.output<Answer>, args: Args) => Options | { readonly refusal: Refusal };
}

/** Input pictures that go before the request, which then names them. Costs nothing; each picture goes once. */
export interface UploadDefinition<Answer extends z.ZodMiniType, Args> {
  /** Which of them; the others stand in the request itself. @default all */
  readonly isNeeded?: (file: InputFile, args: Args) => boolean;
  /** To the API, with the credential: the file itself, or the question where to put it. */
  readonly toRequest: (file: InputFile, args: Args) => HttpRequest;
  readonly answerSchema: Answer;
  /** Where the answer says to put it; without the credential. */
  readonly toTarget?: (answer: z.output<Answer>, file: InputFile) => UploadTarget;
  /** What the request says in the file's place. */
  readonly toReference: (answer: z.output<Answer>) => string;
}

/** What a vendor's own call to a host's server says about a job. */
export type ReadReport = Omit<WebhookReport, 'provider'>;

/** How a webhook proves where it comes from. All texts are signed as UTF-8, one after the other. */
export interface WebhookProof {
  /** What was signed. */
  readonly message: string;
  /** When, in seconds since the epoch; one that is more than five minutes off is refused. Without it, a webhook is accepted once. */
  readonly signedAt?: number | undefined;
  /** One of them has to fit. */
  readonly signatures: readonly Uint8Array[];
  /** `hmac-sha256`: under one of the host's secrets. `ed25519`: under one of the keys that the vendor publishes at this address (a JWK set). */
  readonly key:
    | { readonly kind: 'hmac-sha256'; readonly secrets: readonly Uint8Array[] }
    | { readonly kind: 'ed25519'; readonly keysUrl: string };
}

export interface WebhookDefinition<Body extends z.ZodMiniType, Own> {
  /**
   * @param headers names in lower case
   * @returns `undefined` when a header is missing or nonsense
   */
  readonly toProof: (hook: {
    readonly headers: Readonly<Record<string, string>>;
    /** The body as it came. */
    readonly text: string;
    /** Its SHA-256 in lower-case hex. */
    readonly sha256: string;
    readonly settings: Own;
  }) => WebhookProof | undefined;
  readonly bodySchema: Body;
  readonly toReport: (body: z.output<Body>) => ReadReport;
}

/** A question that costs nothing and is answered with the price of a request. */
export interface QuoteDefinition<Answer extends z.ZodMiniType, Args> {
  /** @returns the question for this submit; `undefined` where the vendor would take it for an order */
  readonly toRequest: (submit: HttpRequest, args: Args) => HttpRequest | undefined;
  readonly answerSchema: Answer;
  readonly toUsd: (answer: z.output<Answer>) => number;
}

/** A free question for the models that a server has. An answer that cannot be read lists none. */
export interface ListingDefinition<Own> {
  readonly request: HttpRequest;
  readonly toModels: (answer: unknown, settings: Own) => Readonly<Record<string, ModelCard>>;
}

export interface HealthQuestion extends HttpRequest {
  /** Statuses beside success that a wrong credential never gets, e.g. 404 for a job that there cannot be. */
  readonly passes?: readonly number[];
}

type Of<Settings, T> = T | ((settings: Settings) => T);

/** The value of what may depend on the settings. */
export function bySettings<T>(value: T | ((settings: unknown) => T), settings: unknown): T {
  // Nothing that a definition holds here is itself a function.
  return typeof value === 'function' ? (value as (settings: unknown) => T)(settings) : value;
}

export interface ProviderDefinition<
  Options extends z.ZodMiniType = z.ZodMiniType,
  Response extends z.ZodMiniType = z.ZodMiniType,
  Failure extends z.ZodMiniType = z.ZodMiniType,
  Settings extends z.ZodMiniType = z.ZodMiniType,
  Submitted extends z.ZodMiniType = z.ZodMiniType,
  State extends z.ZodMiniType = z.ZodMiniType,
  Event extends z.ZodMiniType = z.ZodMiniType,
  Found extends z.ZodMiniType = z.ZodMiniType,
  Quoted extends z.ZodMiniType = z.ZodMiniType,
  Placed extends z.ZodMiniType = z.ZodMiniType,
  Hook extends z.ZodMiniType = z.ZodMiniType,
  Message extends z.ZodMiniType = z.ZodMiniType,
  Own = z.output<Settings>,
  Args = RequestArgs<z.output<Options>, Own> | EditArgs<z.output<Options>, Own>,
> {
  readonly about: ProviderAbout;
  /** The vendor's own settings, beside the common ones. */
  readonly settingsSchema?: Settings;
  /** Those of them that are secret: no file may hold them, and nothing shows them. */
  readonly secretSettings?: readonly string[];
  /**
   * May depend on the settings, e.g. a region. `baseUrl` of the common settings takes its place, and is required where this is
   * `undefined`.
   */
  readonly baseUrl: Of<Own, string | undefined>;
  /** Other hosts of the same API (`.example.com` is every host below it); they get the credential. */
  readonly apiHosts?: Of<Own, readonly string[]>;
  /** Where the declaration in `about` does not say it all. */
  readonly toAuth?: (settings: Own & { readonly apiKey?: string }) => AuthStrategy;
  readonly toHeaders?: (settings: Own) => Readonly<Record<string, string | undefined>>;

  readonly models: Readonly<Record<string, ModelCard>>;
  /** Models that the customer's settings describe, beside those. */
  readonly ownModels?: (settings: Own) => Readonly<Record<string, ModelCard>>;
  readonly defaultModel: string;
  /** What the words `best` and `light` stand for in the place of a model. @default `defaultModel` for both */
  readonly tiers?: Readonly<Record<ModelTier, string>>;
  /** For operations that the default model does not have. */
  readonly defaultModels?: Readonly<Partial<Record<Operation, string>>>;
  /** Where names are the customer's: which model is meant, and whose card it has. */
  readonly toModel?: (asked: string | undefined, settings: Own) => { readonly model: string; readonly card?: string };

  /** What a caller may pass as `options`. Strict: a misspelt key fails before any money is spent. */
  readonly optionsSchema: Options;
  readonly toRequest: (args: RequestArgs<z.output<Options>, Own>) => HttpRequest;
  readonly toEdit?: (args: EditArgs<z.output<Options>, Own>) => HttpRequest;

  /** A random seed is sent where the caller asked for none: the same request twice would give the same image. */
  readonly drawsSeed?: Of<Own, boolean>;

  /** What the vendor forbids beyond the card, e.g. two options that exclude each other. Refused before the call. */
  readonly check?: (args: Args) => readonly (Omit<Refusal, 'code'> & Partial<Pick<Refusal, 'code'>>)[];
  readonly upload?: UploadDefinition<Placed, EditArgs<z.output<Options>, Own>>;
  readonly lookup?: LookupDefinition<Found, z.output<Options>, Args>;

  readonly responseSchema: Response;
  readonly toImages: (response: z.output<Response>, context: ReplyContext<Own>) => readonly ImageItem[];
  readonly toUsage?: (response: z.output<Response>, context: ReplyContext<Own>) => ReportedUsage | undefined;
  /** What a model writes beside its images, or instead of them. It becomes a warning, or the reason why there is no image. */
  readonly toText?: (response: z.output<Response>) => string | undefined;
  /** The vendor's word for the quality that is priced, where an option can take the place of the canonical field. */
  readonly toPricedQuality?: (args: Args) => string | undefined;
  /** What to do where the link of an image cannot be fetched. */
  readonly linkHint?: Of<Own, string | undefined>;

  /** Of an answer whose status says no. */
  readonly errorSchema: Failure;
  readonly toError: (failure: z.output<Failure>, context: ReplyContext<Own>) => ReadError;
  /**
   * For a vendor whose documentation says that refusals can arrive with a status of success: exactly that shape, read by `toError`.
   * @default a 2xx answer is never a refusal
   */
  readonly refusalSchema?: z.ZodMiniType<z.output<Failure>>;
  /** For a server that writes `NaN` and `Infinity` in its JSON: they are read as null. @default 'refuse' */
  readonly nonFinite?: 'refuse' | 'null';
  /** Statuses that surely mean that no work was begun. @default [429, 503, 529] */
  readonly refusals?: readonly number[];
  /** The header under which the vendor is known to honour an idempotency key. */
  readonly idempotencyHeader?: string;
  /** How long the links of its pictures live, in milliseconds, where they are not signed with a date. */
  readonly linksLiveMs?: number;

  readonly job?: JobDefinition<Submitted, State, Args, Own>;
  readonly stream?: StreamDefinition<Event>;
  readonly line?: LineDefinition<Message>;
  readonly webhook?: WebhookDefinition<Hook, Own>;
  /** How fast the vendor may be asked at most, unless the caller sets limits of his own. */
  readonly limits?: Partial<
    Pick<TransportLimits, 'requestsPerMinute' | 'minPollIntervalMs' | 'pollsPerSecond' | 'maxConcurrent'>
  >;
  readonly quote?: QuoteDefinition<Quoted, Args>;
  /** For servers that know their models better than any card does. `models()` then asks, and keeps the answer for a few minutes. */
  readonly listing?: ListingDefinition<Own>;
  /** A question that costs nothing and needs the credential. */
  readonly health?: Of<Own, HealthQuestion | undefined>;
}

/** A request with a JSON body. Fields that are `undefined` are left out; bytes become base64. */
export function post(url: string, value: object, headers?: Readonly<Record<string, string>>): HttpRequest {
  return { method: 'POST', url, body: { kind: 'json', value }, ...(headers && { headers }) };
}

export function get(url: string): HttpRequest {
  return { method: 'GET', url };
}

/** A `data:` link to the file, written where it stands in a JSON body. */
export function dataUrl({ bytes, mediaType }: Pick<InputFile, 'bytes' | 'mediaType'>): DataUrl {
  return new DataUrl(bytes, mediaType);
}

type FormValue = string | number | boolean | InputFile | undefined;

/** A request with a form of files and texts, in this order; a list repeats its name; `undefined` is left out. */
export function postForm(url: string, fields: Readonly<Record<string, FormValue | readonly FormValue[]>>): HttpRequest {
  const parts = Object.entries(fields).flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as readonly FormValue[]) : [value as FormValue]).flatMap((each) =>
      toPart(name, each),
    ),
  );
  return { method: 'POST', url, body: { kind: 'multipart', parts } };
}

/** Where a store takes a file by a form that the vendor filled in: its fields first, since the store reads nothing behind the file. */
export function storeForm(link: string, fields: Readonly<Record<string, string>>, file: InputFile): UploadTarget {
  const { body } = postForm(link, { ...fields, file });
  return { link, method: 'POST', body: body! };
}

function toPart(name: string, value: FormValue): readonly PartField[] {
  if (value === undefined) return [];
  if (typeof value !== 'object') return [{ name, value: String(value) }];
  return [{ name, bytes: value.bytes, fileName: value.fileName, mediaType: value.mediaType }];
}
