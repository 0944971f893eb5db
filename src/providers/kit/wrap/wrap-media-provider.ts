/** Wraps a third-party `MediaProvider`: checks each image it returns and converts its errors to `AiImageError`. */
import type { CallContext } from '../../protocol/context.ts';
import type { ImageEvent } from '../../protocol/events.ts';
import type { ImageGeneration } from '../../protocol/generation.ts';
import type { AiImageProvider, MediaProvider } from '../../protocol/provider.ts';
import type { EditRequest, ImageRequest } from '../../protocol/request.ts';
import type { ProviderAbout } from '../adapter/about.ts';
import { notify } from '../notify.ts';
import { withoutTier } from '../without-tier.ts';
import { checkGeneration, checkResult, type Expected, pixelsOf } from './check-results.ts';
import { redactHealth, redactPlan, toForeignError } from './foreign-texts.ts';

export function isMediaProvider(provider: AiImageProvider): provider is MediaProvider {
  const methods = ['models', 'generate', 'edit', 'plan', 'healthCheck', 'close'];
  return methods.every((name) => typeof (provider as unknown as Record<string, unknown>)[name] === 'function');
}

/** @param generateImage the already wrapped canonical call */
export function wrapMediaProvider(
  about: ProviderAbout,
  provider: MediaProvider,
  generateImage: MediaProvider['generateImage'],
): MediaProvider {
  const { submit, resume, stream, quote, parseWebhook } = provider;

  /** Converts rejections and synchronous errors. */
  async function translated<T>(work: () => T, request: RequestFacts = {}): Promise<Awaited<T>> {
    try {
      return await work();
    } catch (error) {
      throw toForeignError(error, { about, confidential: confidentialOf(request) });
    }
  }

  async function checked(
    work: (context: CallContext | undefined) => Promise<ImageGeneration>,
    context: CallContext | undefined,
    request: RequestFacts,
  ): Promise<ImageGeneration> {
    const expected = expectedOf(request, context);
    const generation = await translated(() => work(withCheckedEvents(context, expected, request)), request);
    return checkGeneration(about, generation, expected, confidentialOf(request));
  }

  function withCheckedEvents(
    context: CallContext | undefined,
    expected: Expected,
    request: RequestFacts,
  ): CallContext | undefined {
    const { onEvent } = context ?? {};
    if (onEvent === undefined) return context;
    return {
      ...context,
      onEvent(event) {
        let checked: ImageEvent;
        try {
          checked = checkEvent(event, expected, request);
        } catch {
          return; // an invalid image: the result of the call is checked too and reports it
        }
        notify(onEvent, checked);
      },
    };
  }

  /** @throws AiImageError the image is invalid */
  function checkEvent(event: ImageEvent, expected: Expected, request: RequestFacts): ImageEvent {
    switch (event?.type) {
      case 'image':
        return { type: 'image', index: event.index, image: checkResult(about, event.image, expected).image };
      case 'done':
        return {
          type: 'done',
          generation: checkGeneration(about, event.generation, expected, confidentialOf(request)),
        };
      default:
        return event;
    }
  }

  async function* streamed(request: ImageRequest | EditRequest, context?: CallContext): AsyncGenerator<ImageEvent> {
    const expected = expectedOf(request, context);
    try {
      for await (const event of stream!.call(
        provider,
        withoutTier(request),
        withCheckedEvents(context, expected, request),
      )) {
        yield checkEvent(event, expected, request);
      }
    } catch (error) {
      throw toForeignError(error, { about, confidential: confidentialOf(request) });
    }
  }

  return {
    id: about.id,
    generateImage,
    models: (options) => translated(() => provider.models(options)),
    generate: (request, context) =>
      checked((inner) => provider.generate(withoutTier(request), inner), context, request),
    edit: (request, context) => checked((inner) => provider.edit(withoutTier(request), inner), context, request),
    plan: async (request) =>
      redactPlan(await translated(() => provider.plan(withoutTier(request)), request), confidentialOf(request)),
    healthCheck: async (context) => redactHealth(await translated(() => provider.healthCheck(context))),
    close: (options) => translated(() => provider.close(options)),
    ...(submit && {
      submit: (request, context) => translated(() => submit.call(provider, withoutTier(request), context), request),
    }),
    ...(resume && {
      resume: (handle, context) => checked((inner) => resume.call(provider, handle, inner), context, handle.request),
    }),
    ...(stream && { stream: streamed }),
    ...(parseWebhook && {
      parseWebhook: (headers, rawBody) => translated(() => parseWebhook.call(provider, headers, rawBody)),
    }),
    ...(quote && {
      quote: (request, context) => translated(() => quote.call(provider, withoutTier(request), context), request),
    }),
  };
}

/** The fields of a request or job handle that images are compared with. */
interface RequestFacts {
  readonly prompt?: string | undefined;
  readonly negativePrompt?: string | undefined;
  readonly format?: string | undefined;
  readonly size?: string | undefined;
}

/** Texts that must not appear in errors, even if the provider repeats them. */
function confidentialOf({ prompt, negativePrompt }: RequestFacts): readonly string[] {
  return [prompt, negativePrompt].filter((each) => each !== undefined);
}

function expectedOf({ format, size }: RequestFacts, { onMismatch = 'warn' }: CallContext = {}): Expected {
  return { format, size: pixelsOf(size), onMismatch };
}
