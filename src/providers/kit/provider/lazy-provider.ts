/** A provider whose code loads with the first call, so that naming one costs nothing. */

import { closedError } from '../../protocol/closed-error.ts';
import type { CallContext } from '../../protocol/context.ts';
import { AiImageError, isAiImageError } from '../../protocol/errors.ts';
import type { ImageEvent } from '../../protocol/events.ts';
import type { MediaProvider } from '../../protocol/provider.ts';
import type { EditRequest, ImageRequest } from '../../protocol/request.ts';

/** Providers made by this package: what they return has been checked already. */
const own = new WeakSet<object>();

export function markOwn<T extends object>(provider: T): T {
  own.add(provider);
  return provider;
}

const closed = new WeakSet<object>();
/** A closed provider takes no calls: code that keeps providers for later makes a new one. */
export const isClosed = (provider: object): boolean => closed.has(provider);

/** The same provider for code that must not close it. */
export function borrowed<T extends MediaProvider>(provider: T): T {
  const own = provider as unknown as Readonly<Record<PropertyKey, unknown>>;
  const view = new Proxy(provider, {
    get(_target, key) {
      if (key === 'close') return async () => undefined;
      const value = own[key];
      // Its methods may have private fields, which only the provider itself has.
      return typeof value === 'function' ? value.bind(provider) : value;
    },
  });
  return isOwn(provider) ? markOwn(view) : view;
}

export const isOwn = (provider: object): boolean => own.has(provider);

/** All methods are there from the start; one that the loaded provider lacks rejects with `unsupported`. */
export function lazyProvider(id: string, load: () => Promise<MediaProvider>): Required<MediaProvider> {
  let loading: Promise<MediaProvider> | undefined;
  // No async function: a call made before `close` must reach the provider before `close` does.
  const loaded = () => (closed.has(provider) ? Promise.reject(closedError(id)) : code());
  /** What makes no call works also when it is closed. */
  const code = () => {
    loading ??= load().catch((cause: unknown) => {
      loading = undefined; // the next call tries again
      if (isAiImageError(cause)) throw cause;
      const hint = 'Check the network, and that all chunks of the deployment are still there.';
      const message = `${id}: the code of this provider could not be loaded; nothing was sent`;
      throw new AiImageError('internal', message, { provider: id, charged: 'no', hint, cause });
    });
    return loading;
  };
  const lacking = (method: string) =>
    new AiImageError('unsupported', `${id}: this provider has no ${method}`, { provider: id, hint: 'Use generate.' });

  async function* stream(request: ImageRequest | EditRequest, context?: CallContext): AsyncGenerator<ImageEvent> {
    const provider = await loaded();
    if (provider.stream === undefined) throw lacking('stream');
    yield* provider.stream(request, context);
  }

  const provider: Required<MediaProvider> = {
    id,
    models: async (options) => (await code()).models(options),
    generateImage: async (prompt, params) => (await loaded()).generateImage(prompt, params),
    generate: async (request, context) => (await loaded()).generate(request, context),
    edit: async (request, context) => (await loaded()).edit(request, context),
    async submit(request, context) {
      const provider = await loaded();
      if (provider.submit === undefined) throw lacking('submit');
      return provider.submit(request, context);
    },
    async resume(handle, context) {
      const provider = await loaded();
      if (provider.resume === undefined) throw lacking('resume');
      return provider.resume(handle, context);
    },
    stream,
    plan: async (request) => (await code()).plan(request),
    async parseWebhook(headers, rawBody) {
      const provider = await loaded();
      if (provider.parseWebhook === undefined) throw lacking('parseWebhook');
      return provider.parseWebhook(headers, rawBody);
    },
    async quote(request, context) {
      const provider = await loaded();
      return provider.quote === undefined ? (await provider.plan(request)).price : provider.quote(request, context);
    },
    healthCheck: async (context) => (await loaded()).healthCheck(context),
    async close(options) {
      closed.add(provider);
      await (await loading?.catch(() => undefined))?.close(options); // what could not be loaded has nothing to close
    },
  };
  return markOwn(provider);
}
