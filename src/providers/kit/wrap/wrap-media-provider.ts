/** Takes in a full provider written by someone else: each picture it hands out is checked, each error is one of ours. */
import type { CallContext } from '../../protocol/context.ts';
import type { ImageEvent } from '../../protocol/events.ts';
import type { ImageGeneration } from '../../protocol/generation.ts';
import type { AiImageProvider, MediaProvider } from '../../protocol/provider.ts';
import type { EditRequest, ImageRequest } from '../../protocol/request.ts';
import type { ProviderAbout } from '../adapter/about.ts';
import { withoutTier } from '../model-tier.ts';
import { notify } from '../notify.ts';
import { toAiImageError } from '../response/translate-error.ts';
import { checkGeneration, checkResult, type Expected, pixelsOf } from './check-results.ts';

export function isMediaProvider(provider: AiImageProvider): provider is MediaProvider {
  const methods = ['models', 'generate', 'edit', 'plan', 'healthCheck', 'close'];
  return methods.every((name) => typeof (provider as unknown as Record<string, unknown>)[name] === 'function');
}

/** @param generateImage the canonical call, checked already */
export function wrapMediaProvider(
  about: ProviderAbout,
  provider: MediaProvider,
  generateImage: MediaProvider['generateImage'],
): MediaProvider {
  const { submit, resume, stream, quote, parseWebhook } = provider;

  /** Also what throws where it should reject becomes a rejection of ours. */
  async function asked<T>(work: () => T, request: Sought = {}): Promise<Awaited<T>> {
    try {
      return await work();
    } catch (error) {
      throw toAiImageError(error, { about, confidential: wordsOf(request) });
    }
  }

  async function checked(
    work: (context: CallContext | undefined) => Promise<ImageGeneration>,
    context: CallContext | undefined,
    request: Sought,
  ): Promise<ImageGeneration> {
    const expected = expectedOf(request, context);
    const generation = await asked(() => work(withCheckedEvents(context, expected)), request);
    return checkGeneration(about, generation, expected);
  }

  function withCheckedEvents(context: CallContext | undefined, expected: Expected): CallContext | undefined {
    const { onEvent } = context ?? {};
    if (onEvent === undefined) return context;
    return {
      ...context,
      onEvent(event) {
        let checked: ImageEvent;
        try {
          checked = checkEvent(event, expected);
        } catch {
          return; // A picture that is none: the call itself checks it too, and says what is wrong with it.
        }
        notify(onEvent, checked);
      },
    };
  }

  /** @throws AiImageError for a picture that is none */
  function checkEvent(event: ImageEvent, expected: Expected): ImageEvent {
    switch (event?.type) {
      case 'image':
        return { type: 'image', index: event.index, image: checkResult(about, event.image, expected).image };
      case 'done':
        return { type: 'done', generation: checkGeneration(about, event.generation, expected) };
      default:
        return event;
    }
  }

  async function* streamed(request: ImageRequest | EditRequest, context?: CallContext): AsyncGenerator<ImageEvent> {
    const expected = expectedOf(request, context);
    try {
      for await (const event of stream!.call(provider, withoutTier(request), withCheckedEvents(context, expected))) {
        yield checkEvent(event, expected);
      }
    } catch (error) {
      throw toAiImageError(error, { about, confidential: wordsOf(request) });
    }
  }

  return {
    id: about.id,
    generateImage,
    models: (options) => asked(() => provider.models(options)),
    generate: (request, context) =>
      checked((inner) => provider.generate(withoutTier(request), inner), context, request),
    edit: (request, context) => checked((inner) => provider.edit(withoutTier(request), inner), context, request),
    plan: (request) => asked(() => provider.plan(withoutTier(request)), request),
    healthCheck: (context) => asked(() => provider.healthCheck(context)),
    close: (options) => asked(() => provider.close(options)),
    ...(submit && {
      submit: (request, context) => asked(() => submit.call(provider, withoutTier(request), context), request),
    }),
    ...(resume && {
      resume: (handle, context) => checked((inner) => resume.call(provider, handle, inner), context, handle.request),
    }),
    ...(stream && { stream: streamed }),
    ...(parseWebhook && {
      parseWebhook: (headers, rawBody) => asked(() => parseWebhook.call(provider, headers, rawBody)),
    }),
    ...(quote && {
      quote: (request, context) => asked(() => quote.call(provider, withoutTier(request), context), request),
    }),
  };
}

/** Of a request or a job handle: what a picture can be held against. */
interface Sought {
  readonly prompt?: string | undefined;
  readonly negativePrompt?: string | undefined;
  readonly format?: string | undefined;
  readonly size?: string | undefined;
}

/** What must not stand in an error of a provider that repeats it. */
function wordsOf({ prompt, negativePrompt }: Sought): readonly string[] {
  return [prompt, negativePrompt].filter((each) => each !== undefined);
}

function expectedOf({ format, size }: Sought, { onMismatch = 'warn' }: CallContext = {}): Expected {
  return { format, size: pixelsOf(size), onMismatch };
}
