/** A provider whose code loads with the first call, so that naming one costs nothing. */
import type { CallContext } from '../protocol/context.ts';
import { AiImageError, isAiImageError } from '../protocol/errors.ts';
import type { ImageEvent } from '../protocol/events.ts';
import type { MediaProvider } from '../protocol/provider.ts';
import type { EditRequest, ImageRequest } from '../protocol/request.ts';

/** Providers made by this package: what they return has been checked already. */
const own = new WeakSet<object>();

export function markOwn<T extends object>(provider: T): T {
  own.add(provider);
  return provider;
}

export const isOwn = (provider: object): boolean => own.has(provider);

/** All methods are there from the start; one that the loaded provider lacks rejects with `unsupported`. */
export function lazyProvider(id: string, load: () => Promise<MediaProvider>): Required<MediaProvider> {
  let loading: Promise<MediaProvider> | undefined;
  const loaded = () => {
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

  return markOwn({
    id,
    models: async () => (await loaded()).models(),
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
    plan: async (request) => (await loaded()).plan(request),
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
    async close() {
      await (await loading?.catch(() => undefined))?.close(); // what could not be loaded has nothing to close
    },
  });
}
