/** The full protocol over one adapter and one transport. What only some calls need loads with the first of them. */
import type { ModelCard } from '../protocol/model-card.ts';
import type { GenerateImageParams, MediaProvider } from '../protocol/provider.ts';
import type { AiImageResult } from '../protocol/result.ts';
import type { ImageFormat } from '../protocol/vocabulary.ts';
import { chooseModel, modelsOf } from './cards.ts';
import { throughEvents } from './event-stream.ts';
import { generate } from './generate.ts';
import { refuseUnknownParams } from './params.ts';
import { type ProviderParts, toRunning } from './running.ts';
import { chooseSize } from './sizes.ts';

export function createMediaProvider(parts: ProviderParts): MediaProvider {
  const { definition, transport } = parts;
  const jobs = () => import('./jobs.ts');
  return {
    id: definition.about.id,
    models: async () => modelsOf(definition, parts.settings),

    async generateImage(prompt: string, params: GenerateImageParams = {}): Promise<AiImageResult> {
      refuseUnknownParams(params, definition.about.id);
      const { card } = chooseModel(definition, params.model, { settings: parts.settings, operation: undefined });
      const { model, options, signal, size = usualSize(card), format = usualFormat(card) } = params;
      const request = { prompt, format, size, model, options };
      const { images } = await generate(parts, withoutUndefined(request), toRunning({ signal }));
      const { imageBytes, format: found, promptUsed, model: drawnBy } = images[0];
      return { imageBytes, format: found, promptUsed, model: drawnBy };
    },

    generate: (request, context) => generate(parts, request, toRunning(context)),
    edit: (request, context) =>
      generate(parts, { operation: request.mask === undefined ? 'edit' : 'inpaint', ...request }, toRunning(context)),
    stream: (request, context = {}) =>
      throughEvents(context, (inner) => generate(parts, request, toRunning(inner, true))),

    submit: async (request, context) => (await jobs()).submit(parts, request, toRunning(context)),
    resume: async (handle, context) => (await jobs()).resume(parts, handle, toRunning(context)),

    quote: async (request, context) =>
      (await import('./quote-request.ts')).quoteRequest(parts, request, toRunning(context)),
    parseWebhook: async (headers, rawBody) => (await import('./webhook.ts')).parseWebhook(parts, headers, rawBody),
    plan: async (request) => (await import('./plan-request.ts')).planRequest(parts, request),
    healthCheck: async (context) => (await import('./health-check.ts')).checkHealth(parts, context),
    close: () => transport.close(),
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
