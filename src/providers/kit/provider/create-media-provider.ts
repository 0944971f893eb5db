/** Implements `MediaProvider` for one adapter and one transport. Code that only some calls need is loaded by the first of them. */

import type { CallContext } from '../../protocol/context.ts';
import { AiImageError } from '../../protocol/errors.ts';
import { checkContext } from '../../protocol/input/check-context.ts';
import { isFieldObject } from '../../protocol/input/check-fields.ts';
import { withoutUndefined } from '../../protocol/input/without-undefined.ts';
import type { GenerateImageParams, MediaProvider } from '../../protocol/provider.ts';
import type { EditRequest } from '../../protocol/request.ts';
import type { AiImageResult } from '../../protocol/result.ts';
import { createLifecycle } from '../../protocol/shared/lifecycle.ts';
import { OPERATIONS } from '../../protocol/vocabulary.ts';
import { type ProviderParts, toAdapterContext } from '../adapter/call-context.ts';
import { generate } from '../calls/generate.ts';
import { toEventStream } from '../calls/to-event-stream.ts';
import { loadCode } from '../features/load-code.ts';
import { loadFeature } from '../features/load-feature.ts';
import { chooseModel, modelsOf, operationOf } from '../request/choose-model.ts';
import { rejectUnknownParams } from '../request/reject-unknown-params.ts';
import { addHintToError, addHintToPlan } from './add-hint.ts';
import { setModelChoice } from './model-choice.ts';

export function createMediaProvider(parts: ProviderParts): Required<MediaProvider> {
  const { definition, transport, serverHint } = parts;
  const { about } = definition;
  const unsupported = (message: string, hint: string) =>
    new AiImageError('unsupported', `${about.id}: ${message}`, { provider: about.id, hint, charged: 'no' });
  const lifecycle = createLifecycle(definition.about.id);
  /** Runs one call, with a signal that also fires when the deadline of `close` passes. */
  const run = async <T>(context: CallContext = {}, work: (context: CallContext) => Promise<T>): Promise<T> => {
    checkContext(context, about.id);
    return lifecycle.run(context.signal, (signal) =>
      work({ ...context, signal }).catch((error: unknown) => {
        throw addHintToError(error, serverHint);
      }),
    );
  };
  const provider: Required<MediaProvider> = {
    id: definition.about.id,
    models: async (options) => {
      const { isOffline = false } = options ?? {};
      const own = modelsOf(definition, parts.settings);
      if (definition.listing === undefined) return own;
      const { cachedModels, listModels } = await loadFeature(about, definition.listing.feature);
      return { ...own, ...(isOffline ? cachedModels(parts) : await listModels(parts)) };
    },

    async generateImage(prompt: string, params: GenerateImageParams = {}): Promise<AiImageResult> {
      rejectUnknownParams(params, definition.about.id);
      const { card } = chooseModel(definition, params.model, { settings: parts.settings, operation: undefined });
      const defaults = await loadCode(about, 'generateImage', () => import('../request/fields/further-fields.ts'));
      const { model, options, size = defaults.sizeFor(card), format = defaults.formatFor(card) } = params;
      const { signal, deadlineMs } = params;
      const request = { prompt, format, size, model, options };
      const { images } = await run({ signal, deadlineMs }, (context) =>
        generate(parts, withoutUndefined(request), toAdapterContext(context)),
      );
      const { imageBytes, format: found, promptUsed, model: usedModel } = images[0];
      return { imageBytes, format: found, promptUsed, model: usedModel };
    },

    generate: (request, context) => run(context, (own) => generate(parts, request, toAdapterContext(own, request))),
    edit: (request, context) =>
      run(context, (own) => generate(parts, toEditRequest(request), toAdapterContext(own, request))),
    stream: (request, context = {}) =>
      toEventStream(context, (inner) =>
        run(inner, (own) => generate(parts, request, toAdapterContext(own, request, true))),
      ),

    submit: (request, context) =>
      run(context, async (own) => {
        if (definition.job === undefined) throw unsupported('this vendor has no jobs', 'Use generate.');
        const { submit } = await loadFeature(about, definition.job.feature);
        return submit(parts, request, toAdapterContext(own, request));
      }),
    resume: (handle, context) =>
      run(context, async (own) => (await import('../calls/resume.ts')).resume(parts, handle, toAdapterContext(own))),

    quote: (request, context) =>
      run(context, async (own) =>
        (await import('../calls/quote-request.ts')).quoteRequest(parts, request, toAdapterContext(own, request)),
      ),
    parseWebhook: (headers, rawBody) =>
      run({}, async () => {
        const { webhook } = definition;
        if (webhook === undefined) throw unsupported('this vendor has no webhooks', 'Call resume to check the job.');
        return (await loadFeature(about, webhook.feature)).parseWebhook(parts, headers, rawBody);
      }),
    async plan(request) {
      const { planRequest } = await import('../calls/plan-request.ts');
      const { plan, call } = await planRequest(parts, request);
      const hinted = addHintToPlan(plan, serverHint);
      parts.plannedCalls.remember(hinted, request, call);
      return hinted;
    },
    healthCheck: (context) =>
      run(context, async (own) => (await import('../calls/health-check.ts')).checkHealth(parts, own)),
    close: (options) => lifecycle.close(options, () => transport.close()),
  };
  setModelChoice(provider, async (query) => {
    const operation = operationOf(query);
    if (operation !== undefined && !OPERATIONS.includes(operation)) return undefined;
    return chooseModel(definition, query.model, { settings: parts.settings, operation }).model;
  });
  return provider;
}

/** A request without images is still an edit here; it is refused because they are missing. */
function toEditRequest(request: EditRequest): EditRequest {
  // `prepare` refuses what is no request.
  if (!isFieldObject(request)) return request;
  return operationOf(request) === undefined ? { ...request, operation: 'edit' } : request;
}
