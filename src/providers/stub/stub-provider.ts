/** `StubProvider`, for the tests of host apps. It records its calls. The code that renders images loads with the first call. */
import { type CommonSettings, checkSettings } from '../kit/adapter/settings.ts';
import { createLazyProvider, markBuiltIn } from '../kit/provider/lazy-provider.ts';
import { modelFor, setModelChoice } from '../kit/provider/model-choice.ts';
import type { CallContext } from '../protocol/context.ts';
import type { JobHandle } from '../protocol/job.ts';
import type {
  CloseOptions,
  GenerateImageParams,
  MediaProvider,
  ModelsOptions,
  WebhookHeaders,
} from '../protocol/provider.ts';
import type { EditRequest, ImageRequest } from '../protocol/request.ts';
import { about } from './about.ts';
import type { StubSettings } from './stub-settings.ts';

export type { StubSettings } from './stub-settings.ts';

/** A recorded call, with the caller's arguments. */
export type StubCall =
  | {
      readonly method: 'generateImage';
      /** The caller's prompt. */
      readonly prompt: string;
      /** The caller's parameters. */
      readonly params: GenerateImageParams;
    }
  | {
      /** The method that was called. */
      readonly method: 'generate' | 'edit' | 'submit' | 'stream';
      /** The caller's request. */
      readonly request: ImageRequest | EditRequest;
    }
  | {
      readonly method: 'resume';
      /** The caller's handle. */
      readonly job: JobHandle;
    };

/**
 * A provider without vendor, key or network. Generates a real image: the same one for the same prompt, seed, model and size. Costs nothing.
 * `const restore = setProvider(new StubProvider())` replaces the real provider.
 * @example new StubProvider({ fail: 'rate_limited' }) // every call rejects with that code
 */
export class StubProvider implements Required<MediaProvider> {
  /** Always `stub`. */
  readonly id = 'stub';
  readonly #calls: StubCall[] = [];
  readonly #inner: Required<MediaProvider>;

  /** @throws AiImageError `not_configured`: a setting is unknown or wrong; the stub's own settings are checked at the first call */
  constructor(settings: StubSettings & CommonSettings = {}) {
    const checked = checkSettings(about, settings);
    this.#inner = createLazyProvider('stub', async () => (await import('./index.ts')).stub.create(checked));
    setModelChoice(this, (query) => modelFor(this.#inner, query));
    markBuiltIn(this);
  }

  /** Every call in order, including refused ones. */
  get calls(): readonly StubCall[] {
    return this.#calls;
  }

  /** Deletes the recorded calls. */
  reset(): void {
    this.#calls.length = 0;
  }

  models(options?: ModelsOptions) {
    return this.#inner.models(options);
  }

  generateImage(prompt: string, params: GenerateImageParams = {}) {
    this.#calls.push({ method: 'generateImage', prompt, params });
    return this.#inner.generateImage(prompt, params);
  }

  generate(request: ImageRequest, context?: CallContext) {
    this.#calls.push({ method: 'generate', request });
    return this.#inner.generate(request, context);
  }

  edit(request: EditRequest, context?: CallContext) {
    this.#calls.push({ method: 'edit', request });
    return this.#inner.edit(request, context);
  }

  submit(request: ImageRequest | EditRequest, context?: CallContext) {
    this.#calls.push({ method: 'submit', request });
    return this.#inner.submit(request, context);
  }

  resume(job: JobHandle, context?: CallContext) {
    this.#calls.push({ method: 'resume', job });
    return this.#inner.resume(job, context);
  }

  stream(request: ImageRequest | EditRequest, context?: CallContext) {
    this.#calls.push({ method: 'stream', request });
    return this.#inner.stream(request, context);
  }

  plan(request: ImageRequest | EditRequest) {
    return this.#inner.plan(request);
  }

  quote(request: ImageRequest | EditRequest, context?: CallContext) {
    return this.#inner.quote(request, context);
  }

  parseWebhook(headers: WebhookHeaders, rawBody: Uint8Array | string) {
    return this.#inner.parseWebhook(headers, rawBody);
  }

  healthCheck(context?: CallContext) {
    return this.#inner.healthCheck(context);
  }

  close(options?: CloseOptions) {
    return this.#inner.close(options);
  }
}
