import type { CallContext } from './context.ts';
import type { ImageEvent } from './events.ts';
import type { Cost, ImageGeneration } from './generation.ts';
import type { Health } from './health.ts';
import type { JobHandle } from './job.ts';
import type { ModelCard } from './model-card.ts';
import type { RequestPlan } from './plan.ts';
import type { EditRequest, ImageRequest } from './request.ts';
import type { AiImageResult } from './result.ts';
import type { ImageFormat } from './vocabulary.ts';
import type { WebhookReport } from './webhook.ts';

/** As `Headers` or as Node gives them. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a caller may say about one picture. */
export interface GenerateImageParams {
  /**
   * Pixels as `'WIDTHxHEIGHT'`, or `'square' | 'landscape' | 'portrait'`.
   * @default '1024x1024'
   */
  readonly size?: string | undefined;
  /** @default 'png' */
  readonly format?: ImageFormat | undefined;
  /** @default the provider's default model */
  readonly model?: string | undefined;
  /** The vendor's own settings, checked against the vendor's schema: an unknown key is refused before the call. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** Ends the call: it settles within 250 ms with code `aborted`. Amendment 1. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The canonical protocol (contract M1, P2): the least a provider can be.
 * Any object with this method plugs in everywhere.
 */
export interface AiImageProvider {
  /**
   * Makes one picture. **Costs money** with most providers.
   * @param prompt what to draw; blank is refused before any call
   * @throws AiImageError `invalid_request`, `unsupported`, `model_retired`, `not_configured` before any call; then
   *   `authentication`, `permission`, `quota_exhausted`, `rate_limited`, `unavailable` (nothing charged), `content_refused`, `no_image`,
   *   `bad_response`, `too_large`, `unsafe_url`, `timeout`, `outcome_unknown` (see `charged`), and `aborted` at any time
   */
  generateImage(prompt: string, params?: GenerateImageParams): Promise<AiImageResult>;
}

/** The full protocol, beside the canonical one. Amendment 2. */
export interface MediaProvider extends AiImageProvider {
  readonly id: string;
  /**
   * The cards of the known models by id. Makes no call, except where the models are those of a server: it is asked for its list, and the
   * answer is kept for five minutes. Amendment 6: the option.
   */
  models(options?: ModelsOptions): Promise<Readonly<Record<string, ModelCard>>>;
  /**
   * Makes one or more pictures. **Costs money.**
   * @returns at least one picture; what failed beside it stands in `failures`
   * @throws AiImageError as `generateImage`, when no picture came
   */
  generate(request: ImageRequest, context?: CallContext): Promise<ImageGeneration>;
  /**
   * Makes pictures from pictures. **Costs money.** `request.inputImages` holds one or more.
   * @throws AiImageError as `generate`; `unsupported` when the model cannot edit
   */
  edit(request: EditRequest, context?: CallContext): Promise<ImageGeneration>;
  /**
   * Hands a job to the vendor and returns at once. **Costs money.**
   * @returns plain JSON that `resume` takes, in this process or another
   * @throws AiImageError `unsupported` when the vendor has no jobs
   */
  submit?(request: ImageRequest | EditRequest, context?: CallContext): Promise<JobHandle>;
  /**
   * Waits for a submitted job and fetches its pictures. Buys nothing.
   * @throws AiImageError `timeout` with the handle when it is not ready in time
   */
  resume?(handle: JobHandle, context?: CallContext): Promise<ImageGeneration>;
  /**
   * The same as `generate` (or `edit`, when the request has input images) with everything that happens on the way. **Costs money.**
   * Ends with `done`. Leaving the loop early aborts the call.
   */
  stream?(request: ImageRequest | EditRequest, context?: CallContext): AsyncIterable<ImageEvent>;
  /** What would be sent, adapted, refused and charged. No call, no side effect. */
  plan(request: ImageRequest | EditRequest): Promise<RequestPlan>;
  /**
   * What a call would cost: the vendor is asked where it answers such a question, else the price table. Costs nothing. Amendment 3.
   * @returns `basis: 'reported'` when the vendor said it
   * @throws AiImageError as `generate`, before anything is drawn
   */
  quote?(request: ImageRequest | EditRequest, context?: CallContext): Promise<Cost>;
  /**
   * Reads what the vendor called a host's server with. Amendment 4.
   * @param headers of that request, in any case of letters
   * @param rawBody of that request, byte for byte as it came: parsed and written again, no signature fits
   * @throws AiImageError `authentication` when it is not proved to come from the vendor, or is more than five minutes old;
   *   `bad_response` when it cannot be read; `unsupported` when the vendor has no webhooks; `not_configured` without the secret
   */
  parseWebhook?(headers: WebhookHeaders, rawBody: Uint8Array | string): Promise<WebhookReport>;
  /** Asks the vendor whether the credential works. Costs nothing. Never throws for a bad answer. */
  healthCheck(context?: CallContext): Promise<Health>;
  /**
   * Refuses new calls (`not_configured`), waits for running ones and for cancellations under way, and ends open connections.
   * Amendment 5: the option.
   */
  close(options?: CloseOptions): Promise<void>;
}

export interface ModelsOptions {
  /** Answers from what is known already, and makes no call. @default false */
  readonly isOffline?: boolean | undefined;
}

export interface CloseOptions {
  /**
   * How long running calls may take, in milliseconds. Those that are not done by then are aborted; their jobs stay resumable.
   * @default no limit of its own: every call has its own deadline
   */
  readonly deadlineMs?: number | undefined;
}
