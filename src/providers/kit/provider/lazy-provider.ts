/** A provider whose code is loaded by its first call, so that creating one costs nothing. */

import type { CallContext } from '../../protocol/context.ts';
import { AiImageError, isAiImageError } from '../../protocol/errors.ts';
import type { ImageEvent } from '../../protocol/events.ts';
import type { MediaProvider } from '../../protocol/provider.ts';
import type { EditRequest, ImageRequest } from '../../protocol/request.ts';
import { closedError } from '../../protocol/shared/closed-error.ts';
import { LOAD_FAILURE_HINT } from '../load-failure-hint.ts';
import { modelFor, setModelChoice } from './model-choice.ts';

/** Providers of this package. Their results are already checked. */
const builtIn = new WeakSet<object>();

export function markBuiltIn<T extends object>(provider: T): T {
  builtIn.add(provider);
  return provider;
}

const closed = new WeakSet<object>();
/** Whether `close` was called. A closed provider accepts no calls, so code that caches providers must create a new one. */
export const isClosed = (provider: object): boolean => closed.has(provider);

/** Returns a view of the provider whose `close` does nothing, for code that must not close it. */
export function withoutClose<T extends MediaProvider>(provider: T): T {
  const own = provider as unknown as Readonly<Record<PropertyKey, unknown>>;
  const view = new Proxy(provider, {
    get(_target, key) {
      if (key === 'close') return async () => undefined;
      const value = own[key];
      // Bound to the provider itself: its methods may use private fields.
      return typeof value === 'function' ? value.bind(provider) : value;
    },
  });
  setModelChoice(view, (query) => modelFor(provider, query));
  return isBuiltIn(provider) ? markBuiltIn(view) : view;
}

export const isBuiltIn = (provider: object): boolean => builtIn.has(provider);

/** Has all methods from the start. A method that the loaded provider does not have rejects with `unsupported`. */
export function createLazyProvider(id: string, load: () => Promise<MediaProvider>): Required<MediaProvider> {
  let loading: Promise<MediaProvider> | undefined;
  // Not an async function: a call made before `close` must reach the provider before `close` does.
  const loadIfOpen = () => (closed.has(provider) ? Promise.reject(closedError(id)) : loadCode());
  /** For methods that make no call: they also work on a closed provider. */
  const loadCode = () => {
    loading ??= load().catch((cause: unknown) => {
      loading = undefined; // the next call tries again
      if (isAiImageError(cause)) throw cause;
      const message = `${id}: the code of this provider could not be loaded. Nothing was sent`;
      throw new AiImageError('internal', message, { provider: id, charged: 'no', hint: LOAD_FAILURE_HINT, cause });
    });
    return loading;
  };
  const missingMethod = (method: string) =>
    new AiImageError('unsupported', `${id}: this provider has no ${method}`, { provider: id, hint: 'Use generate.' });

  async function* stream(request: ImageRequest | EditRequest, context?: CallContext): AsyncGenerator<ImageEvent> {
    const provider = await loadIfOpen();
    if (provider.stream === undefined) throw missingMethod('stream');
    yield* provider.stream(request, context);
  }

  const provider: Required<MediaProvider> = {
    id,
    models: async (options) => (await loadCode()).models(options),
    generateImage: async (prompt, params) => (await loadIfOpen()).generateImage(prompt, params),
    generate: async (request, context) => (await loadIfOpen()).generate(request, context),
    edit: async (request, context) => (await loadIfOpen()).edit(request, context),
    async submit(request, context) {
      const provider = await loadIfOpen();
      if (provider.submit === undefined) throw missingMethod('submit');
      return provider.submit(request, context);
    },
    async resume(handle, context) {
      const provider = await loadIfOpen();
      if (provider.resume === undefined) throw missingMethod('resume');
      return provider.resume(handle, context);
    },
    stream,
    plan: async (request) => (await loadCode()).plan(request),
    async parseWebhook(headers, rawBody) {
      const provider = await loadIfOpen();
      if (provider.parseWebhook === undefined) throw missingMethod('parseWebhook');
      return provider.parseWebhook(headers, rawBody);
    },
    async quote(request, context) {
      const provider = await loadIfOpen();
      return provider.quote === undefined ? (await provider.plan(request)).price : provider.quote(request, context);
    },
    healthCheck: async (context) => (await loadIfOpen()).healthCheck(context),
    async close(options) {
      closed.add(provider);
      await (await loading?.catch(() => undefined))?.close(options); // if loading failed, there is nothing to close
    },
  };
  setModelChoice(provider, async (query) => modelFor(await loadCode(), query));
  return markBuiltIn(provider);
}
