/**
 * The definition of an adapter: data and pure functions that build requests and read responses and errors. `defineProvider` turns it into a
 * provider.
 */

import type * as z from 'zod/mini';
import type { RequestToken } from '../../../transport/context.ts';
import type { AuthStrategy, HttpRequest, TransportLimits } from '../../../transport/index.ts';
import type { ModelCard } from '../../protocol/model-card.ts';
import type { Refusal } from '../../protocol/plan.ts';
import type { ModelTier } from '../../protocol/shared/model-tier.ts';
import type { Operation } from '../../protocol/vocabulary.ts';
import type { ProviderAbout } from './about.ts';
import type { FeatureLoader } from './feature-loader.ts';
import type {
  HealthRequest,
  ListingDefinition,
  LookupDefinition,
  QuoteDefinition,
  UploadDefinition,
} from './free-request-definitions.ts';
import type { JobDefinition, JobWebSocketDefinition } from './job-definition.ts';
import type { ImageItem, ReadError, ReplyContext, ReportedUsage } from './reply-types.ts';
import type { EditArgs, RequestArgs } from './request-args.ts';
import type { StreamDefinition } from './stream-definition.ts';
import type { WebhookDefinition } from './webhook-definition.ts';

/** A value, or a function of the provider's settings. */
type BySettings<Settings, T> = T | ((settings: Settings) => T);

/** Returns the value, computed from the settings if it depends on them. */
export function bySettings<T>(value: T | ((settings: unknown) => T), settings: unknown): T {
  // No value of type T is itself a function.
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
  /** The vendor's own settings, in addition to the common ones. */
  readonly settingsSchema?: Settings;
  /** Names of secret settings: they are never stored or shown. */
  readonly secretSettings?: readonly string[];
  /**
   * May depend on the settings, e.g. a region. The common setting `baseUrl` replaces it, and is required if this is `undefined`.
   */
  readonly baseUrl: BySettings<Own, string | undefined>;
  /** Other hosts of the same API that may receive the credential. `.example.com` means every subdomain. */
  readonly apiHosts?: BySettings<Own, readonly string[]>;
  /** Overrides the declaration in `about`. */
  readonly toAuth?: (settings: Own & { readonly apiKey?: string }) => AuthStrategy;
  /** The code for a `toAuth` with credentials that are exchanged for a token: those of Google and of OAuth. */
  readonly requestToken?: RequestToken;
  readonly toHeaders?: (settings: Own) => Readonly<Record<string, string | undefined>>;

  readonly models: Readonly<Record<string, ModelCard>>;
  /** Additional models that the customer's settings describe. */
  readonly ownModels?: (settings: Own) => Readonly<Record<string, ModelCard>>;
  /** The code that reads masks, for adapters whose models take them: `whiteMaskFeature` if all of them take white as repaint. */
  readonly masks?: FeatureLoader<'masks'>;
  /** The code that reads SVG, for adapters whose models return it. */
  readonly svg?: FeatureLoader<'svg'>;
  readonly defaultModel: string;
  /** The models that `best` and `light` select. @default `defaultModel` for both */
  readonly tiers?: Readonly<Record<ModelTier, string>>;
  /** Default models for operations that `defaultModel` does not support. */
  readonly defaultModels?: Readonly<Partial<Record<Operation, string>>>;
  /** Maps a customer's own model name, e.g. a deployment, to the model and its card. */
  readonly toModel?: (
    requested: string | undefined,
    settings: Own,
  ) => { readonly model: string; readonly card?: string };

  /** What a caller may pass as `options`. Strict: a misspelled key is refused before the call. */
  readonly optionsSchema: Options;
  readonly toRequest: (args: RequestArgs<z.output<Options>, Own>) => HttpRequest;
  readonly toEdit?: (args: EditArgs<z.output<Options>, Own>) => HttpRequest;

  /** Sends a random seed if the caller gave none, for servers that would otherwise return the same image every time. */
  readonly sendsRandomSeed?: BySettings<Own, boolean>;

  /** Rules that the model card cannot express, e.g. options that exclude each other. Checked before the call. */
  readonly check?: (args: Args) => readonly (Omit<Refusal, 'code'> & Partial<Pick<Refusal, 'code'>>)[];
  readonly upload?: UploadDefinition<Placed, EditArgs<z.output<Options>, Own>>;
  readonly lookup?: LookupDefinition<Found, z.output<Options>, Args>;

  readonly responseSchema: Response;
  readonly toImages: (response: z.output<Response>, context: ReplyContext<Own>) => readonly ImageItem[];
  readonly toUsage?: (response: z.output<Response>, context: ReplyContext<Own>) => ReportedUsage | undefined;
  /** Text that the model returns with or instead of images. It becomes a warning, or the reason why there is no image. */
  readonly toText?: (response: z.output<Response>) => string | undefined;
  /** Problems that the vendor reports with a request it accepted. Each becomes a warning. */
  readonly toRemarks?: (response: z.output<Response>) => readonly string[];
  /** The vendor's word for the quality that is charged, if an option can override the canonical field. */
  readonly toPricedQuality?: (args: Args) => string | undefined;
  /** Hint for an image link that cannot be fetched. */
  readonly linkHint?: BySettings<Own, string | undefined>;

  /** Schema of a reply with an error status. */
  readonly errorSchema: Failure;
  readonly toError: (failure: z.output<Failure>, context: ReplyContext<Own>) => ReadError;
  /**
   * Schema of a refusal with a 2xx status, only for vendors that document it. `toError` reads it.
   * @default a 2xx reply is never a refusal
   */
  readonly refusalSchema?: z.ZodMiniType<z.output<Failure>>;
  /** `null` reads `NaN` and `Infinity` in the server's JSON as null. @default 'refuse' */
  readonly nonFinite?: 'refuse' | 'null';
  /** Statuses that guarantee that no work was started. @default [429, 503, 529] */
  readonly refusals?: readonly number[];
  /** The header in which the vendor accepts an idempotency key. */
  readonly idempotencyHeader?: string;
  /**
   * The vendor's replies hold the images themselves, never links. The code that downloads links is then not loaded before the request.
   * @default false
   */
  readonly repliesHoldImages?: boolean;
  /** How long image links stay valid, in milliseconds, if the links do not carry an expiry themselves. */
  readonly linkLifetimeMs?: number;

  readonly job?: JobDefinition<Submitted, State, Args, Own>;
  readonly stream?: StreamDefinition<Event>;
  readonly jobWebSocket?: JobWebSocketDefinition<Message>;
  readonly webhook?: WebhookDefinition<Hook, Own>;
  /** Default rate limits; the caller's `limits` override them. */
  readonly limits?: Partial<
    Pick<TransportLimits, 'requestsPerMinute' | 'minPollIntervalMs' | 'pollsPerSecond' | 'maxConcurrent'>
  >;
  readonly quote?: QuoteDefinition<Quoted, Args>;
  /** For servers that can list their models. `models()` requests the list and caches it for five minutes. */
  readonly listing?: ListingDefinition<Own>;
  /** A free request that needs the credential. */
  readonly health?: BySettings<Own, HealthRequest | undefined>;
}
