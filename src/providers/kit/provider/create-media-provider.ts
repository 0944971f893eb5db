/** The full protocol over one adapter and one transport. What only some calls need loads with the first of them. */
import type { CallContext } from '../../protocol/context.ts';
import { createLifecycle } from '../../protocol/lifecycle.ts';
import type { ModelCard } from '../../protocol/model-card.ts';
import type { GenerateImageParams, MediaProvider } from '../../protocol/provider.ts';
import type { AiImageResult } from '../../protocol/result.ts';
import type { ImageFormat } from '../../protocol/vocabulary.ts';
import { type ProviderParts, toRunning } from '../adapter/call-context.ts';
import { adviceFor } from '../adapter/other-servers.ts';
import { throughEvents } from '../calls/event-stream.ts';
import { generate } from '../calls/generate.ts';
import { chooseModel, modelsOf } from '../request/cards.ts';
import { refuseUnknownParams } from '../request/params.ts';
import { chooseSize } from '../sizes.ts';
import { toAdvised, toAdvisedPlan } from './advise.ts';

export function createMediaProvider(parts: ProviderParts): MediaProvider {
  const { definition, transport } = parts;
  const jobs = () => import('../calls/jobs.ts');
  const life = createLifecycle(definition.about.id);
  const advice = adviceFor(definition.about, parts.baseUrl);
  /** One call, with a signal that also fires when closing takes too long. */
  const run = <T>(context: CallContext = {}, work: (context: CallContext) => Promise<T>): Promise<T> =>
    life.run(context.signal, (signal) =>
      work({ ...context, signal }).catch((error: unknown) => {
        throw toAdvised(error, advice);
      }),
    );
  return {
    id: definition.about.id,
    models: async ({ isOffline = false } = {}) => {
      const own = modelsOf(definition, parts.settings);
      if (definition.listing === undefined) return own;
      const { keptModels, listModels } = await import('../calls/list-models.ts'); // few servers are asked
      return { ...own, ...(isOffline ? keptModels(parts) : await listModels(parts)) };
    },

    async generateImage(prompt: string, params: GenerateImageParams = {}): Promise<AiImageResult> {
      refuseUnknownParams(params, definition.about.id);
      const { card } = chooseModel(definition, params.model, { settings: parts.settings, operation: undefined });
      const { model, options, signal, size = usualSize(card), format = usualFormat(card) } = params;
      const request = { prompt, format, size, model, options };
      const { images } = await run({ signal }, (context) =>
        generate(parts, withoutUndefined(request), toRunning(context)),
      );
      const { imageBytes, format: found, promptUsed, model: drawnBy } = images[0];
      return { imageBytes, format: found, promptUsed, model: drawnBy };
    },

    generate: (request, context) => run(context, (own) => generate(parts, request, toRunning(own))),
    edit: (request, context) =>
      run(context, (own) =>
        generate(parts, { operation: request.mask === undefined ? 'edit' : 'inpaint', ...request }, toRunning(own)),
      ),
    stream: (request, context = {}) =>
      throughEvents(context, (inner) => run(inner, (own) => generate(parts, request, toRunning(own, true)))),

    submit: (request, context) => run(context, async (own) => (await jobs()).submit(parts, request, toRunning(own))),
    resume: (handle, context) => run(context, async (own) => (await jobs()).resume(parts, handle, toRunning(own))),

    quote: (request, context) =>
      run(context, async (own) =>
        (await import('../calls/quote-request.ts')).quoteRequest(parts, request, toRunning(own)),
      ),
    parseWebhook: (headers, rawBody) =>
      run({}, async () => (await import('../calls/webhook.ts')).parseWebhook(parts, headers, rawBody)),
    plan: async (request) =>
      toAdvisedPlan(await (await import('../calls/plan-request.ts')).planRequest(parts, request), advice),
    healthCheck: (context) =>
      run(context, async (own) => (await import('../calls/health-check.ts')).checkHealth(parts, own)),
    close: (options) => life.close(options, () => transport.close()),
  };
}

/** 1024x1024 where the model draws it, else its own square, else what it draws by itself: the canonical default must work everywhere. */
function usualSize({ sizes }: ModelCard): string | undefined {
  return sizes.kind !== 'none' && chooseSize(sizes, 'square').kind === 'fits' ? 'square' : undefined;
}

/** PNG where the model can be asked for it, for the same reason; else what it draws by itself. */
function usualFormat({ formats, formatIsFixed }: ModelCard): ImageFormat | undefined {
  return formats.includes('png') && !formatIsFixed ? 'png' : undefined;
}

function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
}
