/** Lets a third-party provider be closed like ours: its calls under way are known here, whatever its own `close` does. */
import type { CallContext } from '../../protocol/context.ts';
import type { ImageEvent } from '../../protocol/events.ts';
import { createLifecycle } from '../../protocol/lifecycle.ts';
import type { MediaProvider } from '../../protocol/provider.ts';
import type { EditRequest, ImageRequest } from '../../protocol/request.ts';

export function withLifecycle(provider: MediaProvider): MediaProvider {
  const life = createLifecycle(provider.id);
  const { submit, resume, stream, quote, parseWebhook } = provider;
  const run = <T>(context: CallContext = {}, work: (context: CallContext) => Promise<T>): Promise<T> =>
    life.run(context.signal, (signal) => work({ ...context, signal }));

  /** Under way from the first event asked for until the loop is left. */
  async function* streamed(request: ImageRequest | EditRequest, context: CallContext = {}): AsyncGenerator<ImageEvent> {
    const call = life.begin(context.signal);
    try {
      yield* stream!(request, { ...context, signal: call.signal });
    } finally {
      call.end();
    }
  }

  return {
    ...provider,
    generateImage: (prompt, params = {}) =>
      life.run(params.signal, (signal) => provider.generateImage(prompt, { ...params, signal })),
    generate: (request, context) => run(context, (own) => provider.generate(request, own)),
    edit: (request, context) => run(context, (own) => provider.edit(request, own)),
    healthCheck: (context) => run(context, (own) => provider.healthCheck(own)),
    ...(submit && { submit: (request, context) => run(context, (own) => submit(request, own)) }),
    ...(resume && { resume: (handle, context) => run(context, (own) => resume(handle, own)) }),
    ...(quote && { quote: (request, context) => run(context, (own) => quote(request, own)) }),
    ...(parseWebhook && { parseWebhook: (headers, rawBody) => run({}, () => parseWebhook(headers, rawBody)) }),
    ...(stream && { stream: streamed }),
    close: (options) => life.close(options, () => provider.close(options)),
  };
}
