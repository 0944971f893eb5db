/** Runs the orders of a model of this process in place of HTTP requests. Links of input images are still fetched by the real transport. */
import * as z from 'zod/mini';
import { toJsonText } from '../../../transport/body/encode-body.ts';
import { untilAborted } from '../../../transport/flow/wait.ts';
import type { Transport } from '../../../transport/index.ts';
import { DEFAULT_DEADLINE_MS } from '../../../transport/settings.ts';
import { createTransportWith } from '../../../transport/transport.ts';
import { AiImageError } from '../../protocol/errors.ts';
import { isPlainObject } from '../../protocol/input/is-plain-object.ts';
import type { ModelCard } from '../../protocol/model-card.ts';
import type { MediaProvider } from '../../protocol/provider.ts';
import type { EditRequest, ImageRequest } from '../../protocol/request.ts';
import { forwardAbort } from '../../protocol/shared/forward-abort.ts';
import { noKey } from '../adapter/about.ts';
import { post } from '../adapter/http-requests.ts';
import type { EditArgs, RequestArgs } from '../adapter/request-args.ts';
import { maskFeature } from '../features/loaders.ts';
import { defineProvider } from '../provider/define-provider.ts';
import { blob } from '../schema/blob.ts';
import { sizeText } from '../sizes.ts';
import type { ImageOrder, InProcessModel } from './in-process.ts';

/** The options of each provider of the other library, which checks them itself. */
const optionsSchema = z.record(
  z.string(),
  z.custom<Record<string, unknown>>(isPlainObject, { error: 'must be a record' }),
);
type Options = z.infer<typeof optionsSchema>;

const image = z.object({
  bytes: blob(),
  seed: z.optional(z.number()),
  revisedPrompt: z.optional(z.string()),
});
const count = z.nullish(z.number());
const replySchema = z.object({
  images: z.array(image),
  model: z.optional(z.string()),
  usage: z.optional(z.object({ inputTokens: count, outputTokens: count, totalTokens: count })),
  remarks: z.array(z.string()),
});

/** Fields of a request that an order has no field for. A card must not claim them, and the differences of an operation can. */
const UNSENDABLE = ['negativePrompt', 'style', 'quality', 'safety', 'format', 'background', 'tier'] as const;

/** Ratios that image models have, with about a megapixel each. The pixels are not promised. */
const COMMON_RATIOS: ModelCard['sizes'] = {
  kind: 'ratios',
  areNominal: true,
  ratios: {
    '1:1': '1024x1024',
    '16:9': '1344x768',
    '9:16': '768x1344',
    '4:3': '1152x864',
    '3:4': '864x1152',
    '3:2': '1248x832',
    '2:3': '832x1248',
    '5:4': '1120x896',
    '4:5': '896x1120',
    '21:9': '1536x640',
    '9:21': '640x1536',
    '2:1': '1440x720',
    '1:2': '720x1440',
    '3:1': '1776x592',
    '1:3': '592x1776',
  },
};

export function createInProcessProvider(model: InProcessModel, card: ModelCard): MediaProvider {
  const own = create(model, card);
  if (!model.takesAnyRatio) return own;
  const byRatio = create(model, { ...card, sizes: COMMON_RATIOS });
  const pick = (request: ImageRequest | EditRequest) => (hasRatio(request) ? byRatio : own);
  return {
    ...own,
    generate: (request, context) => pick(request).generate(request, context),
    edit: (request, context) => pick(request).edit(request, context),
    stream: (request, context) => pick(request).stream(request, context),
    plan: (request) => pick(request).plan(request),
    quote: (request, context) => pick(request).quote(request, context),
    close: async (options) => void (await Promise.all([own.close(options), byRatio.close(options)])),
  };
}

/** A caller without types may pass anything; the provider refuses it. */
const hasRatio = (request: ImageRequest | EditRequest | undefined): boolean =>
  request?.aspectRatio !== undefined && request.size === undefined;

function create(model: InProcessModel, card: ModelCard): Required<MediaProvider> {
  const toRequest = (args: RequestArgs<Options> | EditArgs<Options>) => post(model.model, toOrder(args));
  const definition = defineProvider({
    about: { id: model.id, title: model.id, aliases: [], auth: noKey },
    baseUrl: model.address,
    models: { [model.model]: card },
    defaultModel: model.model,
    masks: maskFeature,
    optionsSchema,
    toRequest,
    toEdit: toRequest,
    check: (args: RequestArgs<Options> | EditArgs<Options>) => [
      ...(args.model === model.model
        ? []
        : [{ field: 'model', message: `the only model is ${model.model}`, hint: 'Leave model out.' }]),
      ...UNSENDABLE.filter((field) => args[field] !== undefined).map((field) => ({
        code: 'unsupported' as const,
        field,
        message: `there is no way to send ${field}`,
        hint: `Leave ${field} out, and remove it from the card.`,
      })),
    ],
    responseSchema: replySchema,
    toImages: ({ images, model: used }: z.infer<typeof replySchema>) =>
      images.map((each) => ({ ...each, ...(used && { model: used }) })),
    toUsage: ({ usage }: z.infer<typeof replySchema>) => usage,
    toRemarks: ({ remarks }: z.infer<typeof replySchema>) => remarks,
    errorSchema: z.object({}),
    toError: () => ({ message: 'failed' }),
  });
  return definition.create({ transport: createInProcessTransport(model) });
}

function toOrder(args: RequestArgs<Options> | EditArgs<Options>): ImageOrder {
  const { prompt, n, size, aspectRatio, seed, options } = args;
  const { inputs = [], mask } = 'operation' in args ? args : {};
  return {
    prompt,
    n,
    ...(aspectRatio !== undefined && { aspectRatio }),
    ...(aspectRatio === undefined && size && { size: sizeText(size) }),
    ...(seed !== undefined && { seed }),
    inputs,
    ...(mask && { mask }),
    options,
  };
}

function createInProcessTransport(model: InProcessModel): Transport {
  const real = createTransportWith({}, { baseUrl: 'https://in-process.invalid' });
  return {
    ...real,
    async generateImageBytes({ request: { body }, locate, confidential }, { signal, deadlineMs } = {}) {
      // `toRequest` above made the body.
      const order = (body?.kind === 'json' ? body.value : undefined) as ImageOrder;
      const limitMs = deadlineMs ?? DEFAULT_DEADLINE_MS;
      const ending = new AbortController();
      const timer = setTimeout(() => ending.abort(), Math.min(limitMs, 2_147_483_647));
      const stopListening = forwardAbort(signal, ending);
      try {
        if (signal?.aborted) throw ended('aborted', 'aborted before anything was sent', 'no');
        const reply = await untilAborted((async () => model.generate(order, ending.signal))(), ending.signal).catch(
          (error: unknown) => {
            if (signal?.aborted) throw ended('aborted', 'aborted while the model was working', 'unknown');
            if (ending.signal.aborted) throw ended('outcome_unknown', `no answer within ${limitMs} ms`, 'unknown');
            throw model.toError(error, order, (text) => real.redact(text, confidential));
          },
        );
        const received = () => new TextEncoder().encode(toJsonText(reply));
        const located = locate({ status: 200, headers: {}, body: reply, received });
        return located.flatMap((each) => ('bytes' in each ? [[each.bytes, each.metadata] as const] : []));
      } finally {
        stopListening();
        clearTimeout(timer);
      }
    },
  };

  function ended(code: 'aborted' | 'outcome_unknown', message: string, charged: 'no' | 'unknown'): AiImageError {
    return new AiImageError(code, `${model.id}: ${message}`, { provider: model.id, model: model.model, charged });
  }
}
