import type { CallContext } from './context.ts';
import type { ImageEvent } from './events.ts';
import type { Cost, ImageGeneration } from './generation.ts';
import type { Health } from './health.ts';
import type { JobHandle } from './job.ts';
import type { ModelCard } from './model-card.ts';
import type { RequestPlan } from './plan.ts';
import type { EditRequest, ImageRequest } from './request.ts';
import type { AiImageResult } from './result.ts';
import type { ImageFormat, ImageSize } from './vocabulary.ts';
import type { WebhookReport } from './webhook.ts';

/** `Headers`, or the headers of a Node request. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** The parameters of `generateImage`. */
export interface GenerateImageParams {
  /**
   * Pixels as `'WIDTHxHEIGHT'`, or `'square' | 'landscape' | 'portrait'`.
   * @default '1024x1024'
   */
  readonly size?: ImageSize | undefined;
  /** The requested file format. @default 'png' */
  readonly format?: ImageFormat | undefined;
  /** The vendor's model id; `best` or `light` selects a tier. @default the provider's default model */
  readonly model?: string | undefined;
  /** The vendor's own options, checked against the vendor's schema: an unknown key is refused before the call. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** Aborts the call, which then rejects within 250 ms with code `aborted`. Amendment 1. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Time limit of the whole call in milliseconds. Then it rejects with `timeout`, or with `outcome_unknown` while the vendor has the
   * request. Amendment 8.
   * @default the provider's `deadlineMs`
   */
  readonly deadlineMs?: number | undefined;
}

/**
 * The canonical protocol (contract M1, P2): the minimum that a provider implements.
 * Any object with this method can be used as a provider.
 */
export interface AiImageProvider {
  /**
   * Generates one image. **Costs money** with most providers.
   * @param prompt what to generate; a blank prompt is refused before any call
   * @throws AiImageError `invalid_request`, `unsupported`, `model_retired`, `not_configured` before any call; then
   *   `authentication`, `permission`, `quota_exhausted`, `rate_limited`, `unavailable` (nothing charged), `content_refused`, `no_image`,
   *   `bad_response`, `too_large`, `unsafe_url`, `timeout`, `outcome_unknown` (see `charged`), and `aborted` at any time
   */
  generateImage(prompt: string, params?: GenerateImageParams): Promise<AiImageResult>;
}

/** The full protocol, in addition to the canonical one. Amendment 2. */
export interface MediaProvider extends AiImageProvider {
  /** The provider's id, or the name it was given. */
  readonly id: string;
  /**
   * Returns the cards of the known models by id. Sends nothing, except for servers that list their own models: their list is requested
   * and cached for five minutes. Amendment 6: the option.
   */
  models(options?: ModelsOptions): Promise<Readonly<Record<string, ModelCard>>>;
  /**
   * Generates one or more images. **Costs money.**
   * @returns at least one image; images that failed are in `failures`
   * @throws AiImageError as `generateImage`, if all images failed
   */
  generate(request: ImageRequest, context?: CallContext): Promise<ImageGeneration>;
  /**
   * Generates images from images. **Costs money.** `request.inputImages` holds one or more.
   * @throws AiImageError as `generate`; `unsupported` if the model cannot edit
   */
  edit(request: EditRequest, context?: CallContext): Promise<ImageGeneration>;
  /**
   * Submits a job and returns without waiting for it. **Costs money.**
   * @returns plain JSON for `resume`, in this process or another
   * @throws AiImageError `unsupported` if the vendor has no jobs
   */
  submit?(request: ImageRequest | EditRequest, context?: CallContext): Promise<JobHandle>;
  /**
   * Waits for a submitted job and fetches its images. Costs nothing.
   * @throws AiImageError `timeout` with the handle if the job is not ready in time
   */
  resume?(handle: JobHandle, context?: CallContext): Promise<ImageGeneration>;
  /**
   * The same as `generate` (or `edit`, if the request has input images), as a stream of events. **Costs money.**
   * The last event is `done`. Leaving the loop early aborts the call.
   */
  stream?(request: ImageRequest | EditRequest, context?: CallContext): AsyncIterable<ImageEvent>;
  /** Returns what would be sent, adapted, refused and charged. Sends nothing and has no side effect. */
  plan(request: ImageRequest | EditRequest): Promise<RequestPlan>;
  /**
   * Returns what a call would cost: from the vendor if it quotes prices, else from the price table. Costs nothing. Amendment 3.
   * @returns `basis: 'reported'` if the price comes from the vendor
   * @throws AiImageError as `generate`, before anything is generated
   */
  quote?(request: ImageRequest | EditRequest, context?: CallContext): Promise<Cost>;
  /**
   * Verifies and reads a webhook that the vendor sent to the host app's server. Amendment 4.
   * @param headers of the webhook request; names in upper or lower case
   * @param rawBody the unchanged bytes of the request: after parsing and serializing again, the signature no longer matches
   * @throws AiImageError `authentication` if it is not proved to come from the vendor, or is more than five minutes old; `invalid_request` if it
   *   was accepted before: then `cause` is the `WebhookReport`; `bad_response` if it is too large or cannot be read; `unsupported` if the
   *   vendor has no webhooks; `not_configured` without the secret; the code of the failed request if the vendor's list of keys cannot be fetched
   */
  parseWebhook?(headers: WebhookHeaders, rawBody: Uint8Array | string): Promise<WebhookReport>;
  /** Checks with the vendor whether the credential works. Costs nothing. A bad answer is returned, not thrown. */
  healthCheck(context?: CallContext): Promise<Health>;
  /**
   * Refuses new calls (`invalid_request`), waits for running calls and pending cancellations, and closes open connections.
   * Amendment 5: the option.
   */
  close(options?: CloseOptions): Promise<void>;
}

export interface ModelsOptions {
  /** Returns only what is already known, without a call. @default false */
  readonly isOffline?: boolean | undefined;
}

export interface CloseOptions {
  /**
   * How long running calls may still take, in milliseconds. Later they are aborted; their jobs stay resumable.
   * @default no limit; every call has its own deadline
   */
  readonly deadlineMs?: number | undefined;
}
