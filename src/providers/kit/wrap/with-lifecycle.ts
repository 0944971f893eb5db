/** Tracks the running calls of a third-party provider, so that closing it works as with built-in providers. */
import type { CallContext } from '../../protocol/context.ts';
import type { ImageEvent } from '../../protocol/events.ts';
import { checkContext } from '../../protocol/input/check-context.ts';
import type { MediaProvider } from '../../protocol/provider.ts';
import type { EditRequest, ImageRequest } from '../../protocol/request.ts';
import { createLifecycle } from '../../protocol/shared/lifecycle.ts';

export function withLifecycle(provider: MediaProvider): MediaProvider {
  const lifecycle = createLifecycle(provider.id);
  const { submit, resume, stream, quote, parseWebhook } = provider;
  const run = async <T>(context: CallContext = {}, work: (context: CallContext) => Promise<T>): Promise<T> => {
    checkContext(context, provider.id);
    return lifecycle.run(context.signal, (signal) => work({ ...context, signal }));
  };

  /** The call runs from the first requested event until the loop ends. */
  async function* streamed(request: ImageRequest | EditRequest, context: CallContext = {}): AsyncGenerator<ImageEvent> {
    checkContext(context, provider.id);
    const call = lifecycle.begin(context.signal);
    try {
      yield* stream!(request, { ...context, signal: call.signal });
    } finally {
      call.end();
    }
  }

  return {
    ...provider,
    generateImage: (prompt, params = {}) =>
      run({ signal: params.signal, deadlineMs: params.deadlineMs }, ({ signal }) =>
        provider.generateImage(prompt, { ...params, signal }),
      ),
    generate: (request, context) => run(context, (own) => provider.generate(request, own)),
    edit: (request, context) => run(context, (own) => provider.edit(request, own)),
    healthCheck: (context) => run(context, (own) => provider.healthCheck(own)),
    ...(submit && { submit: (request, context) => run(context, (own) => submit(request, own)) }),
    ...(resume && { resume: (handle, context) => run(context, (own) => resume(handle, own)) }),
    ...(quote && { quote: (request, context) => run(context, (own) => quote(request, own)) }),
    ...(parseWebhook && { parseWebhook: (headers, rawBody) => run({}, () => parseWebhook(headers, rawBody)) }),
    ...(stream && { stream: streamed }),
    close: (options) => lifecycle.close(options, () => provider.close(options)),
  };
}
