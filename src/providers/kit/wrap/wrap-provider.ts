/** Wraps a third-party provider: checks its results, and refuses what it does not support. */

import { untilAborted } from '../../../transport/flow/wait.ts';
import { DEFAULT_DEADLINE_MS } from '../../../transport/settings.ts';
import type { CallContext } from '../../protocol/context.ts';
import { AiImageError, type ImageFailure } from '../../protocol/errors.ts';
import type { ImageGeneration } from '../../protocol/generation.ts';
import { withoutUndefined } from '../../protocol/input/without-undefined.ts';
import type { AiImageProvider, GenerateImageParams, MediaProvider } from '../../protocol/provider.ts';
import { type ImageRequest, imageRequestSchema } from '../../protocol/request.ts';
import type { AiImageResult } from '../../protocol/result.ts';
import { forwardAbort } from '../../protocol/shared/forward-abort.ts';
import type { ProviderAbout } from '../adapter/about.ts';
import { combineErrors } from '../combine-errors.ts';
import { notify } from '../notify.ts';
import { refuseKeyAsModel } from '../request/check-model.ts';
import { rejectUnknownParams } from '../request/reject-unknown-params.ts';
import { UNKNOWN_COST } from '../response/pricing.ts';
import { parseInput } from '../schema/parse.ts';
import { withoutTier } from '../without-tier.ts';
import { type CheckedResult, checkResult, type Expected, pixelsOf } from './check-results.ts';
import { toForeignError } from './foreign-texts.ts';
import { withLifecycle } from './with-lifecycle.ts';
import { isMediaProvider, wrapMediaProvider } from './wrap-media-provider.ts';

/** Fields that `generateImage` supports. A request with other fields is refused, or adapted if the caller allows it. */
const SUPPORTED_FIELDS = ['prompt', 'n', 'size', 'format', 'model', 'options', 'metadata', 'onUnsupported'];

/** Fields that are never left out, because the image would be a completely different one. */
const NEVER_OMITTED = ['inputImages', 'mask', 'operation'];

export function wrapProvider(id: string, provider: AiImageProvider | MediaProvider): MediaProvider {
  const about: ProviderAbout = { id, title: id, aliases: [], auth: { kind: 'none' } };

  async function generateImage(prompt: string, params: GenerateImageParams = {}): Promise<AiImageResult> {
    rejectUnknownParams(params, id);
    const { signal, deadlineMs, ...given } = withoutTier(withoutUndefined(params));
    const request = parse({ prompt, ...given });
    const context = { signal, deadlineMs };
    const { image } = await callOnce(request.prompt.trim(), given, context, { ...given, onMismatch: 'warn' });
    const { imageBytes, format, promptUsed, model } = image;
    return { imageBytes, format, promptUsed, model };
  }

  function parse(request: object): ImageRequest {
    const parsed = parseInput(imageRequestSchema, request, {
      code: 'invalid_request',
      subject: 'request',
      provider: id,
    });
    refuseKeyAsModel(parsed, id);
    return withoutTier(parsed);
  }

  /** Calls the third-party provider. The returned promise settles on abort even if the provider ignores the signal. */
  async function callOnce(
    prompt: string,
    params: Omit<GenerateImageParams, 'signal' | 'deadlineMs'>,
    { signal, deadlineMs = DEFAULT_DEADLINE_MS }: Pick<CallContext, 'signal' | 'deadlineMs'>,
    expected: Partial<Expected> & Pick<Expected, 'onMismatch'>,
  ): Promise<CheckedResult> {
    if (signal?.aborted) throw ended('aborted', 'aborted before anything was sent', 'no');
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(), Math.min(deadlineMs, 2_147_483_647));
    const stopListening = forwardAbort(signal, ending);
    let result: unknown;
    try {
      result = await untilAborted(
        (async () => provider.generateImage(prompt, { ...params, signal: ending.signal }))(),
        ending.signal,
      );
    } catch (error) {
      if (signal?.aborted) throw ended('aborted', 'aborted while the provider was working');
      if (ending.signal.aborted) throw ended('timeout', `no answer within ${deadlineMs} ms`);
      throw toForeignError(error, { about, model: params.model, confidential: [prompt] });
    } finally {
      stopListening();
      clearTimeout(timer);
    }
    return checkResult(about, result, {
      format: expected.format,
      size: pixelsOf(expected.size),
      onMismatch: expected.onMismatch,
    });
  }

  function ended(code: 'aborted' | 'timeout', message: string, charged?: 'no'): AiImageError {
    return new AiImageError(code, `${id}: ${message}`, { provider: id, charged });
  }

  async function generate(input: ImageRequest, context: CallContext = {}): Promise<ImageGeneration> {
    const request = parse(input);
    const { warnings, refusals } = checkFields(request);
    const [refusal] = refusals;
    if (refusal) {
      const { code, message, field, hint } = refusal;
      throw new AiImageError(code, message, { provider: id, field, hint });
    }
    const startedAt = Date.now();
    const { n = 1, size, format, model, options } = request;
    const prompt = request.prompt.trim();
    const { onMismatch = 'warn', onEvent } = context;
    const params = withoutUndefined({ size, format, model, options });
    notify(onEvent, { type: 'submitted' });
    const failures: ImageFailure[] = [];
    const settled = await Promise.all(
      Array.from({ length: n }, async (_, index) => {
        try {
          const each = await callOnce(prompt, params, context, { format, size, onMismatch });
          notify(onEvent, { type: 'image', index, image: each.image });
          return [each];
        } catch (error) {
          failures.push({ index, error: toForeignError(error, { about, model, confidential: [prompt] }) });
          return [];
        }
      }),
    );
    const results = settled.flat();
    const [first, ...others] = results.map(({ image }) => image);
    failures.sort((a, b) => a.index - b.index);
    if (first === undefined) throw combineErrors(failures, id);
    const generation: ImageGeneration = {
      images: [first, ...others],
      failures,
      provider: id,
      model: first.model,
      warnings: [...warnings, ...results.flatMap((result) => result.warnings)],
      applied: { model: first.model, n, ...withoutUndefined({ size, format }) },
      cost: UNKNOWN_COST,
      timing: { startedAt, durationMs: Date.now() - startedAt },
    };
    notify(onEvent, { type: 'done', generation });
    return generation;
  }

  function checkFields(request: ImageRequest) {
    const unsupported = Object.keys(request).filter(
      (field) => !SUPPORTED_FIELDS.includes(field) && request[field as keyof ImageRequest] !== undefined,
    );
    const message = (field: string) => `${id}: this provider implements only generateImage, which has no ${field}`;
    const mustRefuse = (field: string) => request.onUnsupported !== 'adapt' || NEVER_OMITTED.includes(field);
    return {
      warnings: unsupported
        .filter((field) => !mustRefuse(field))
        .map((field) => ({ code: 'adapted', field, message: `${message(field)}; it is left out` }) as const),
      refusals: unsupported
        .filter(mustRefuse)
        .map(
          (field) => ({ code: 'unsupported', field, message: message(field), hint: `Leave ${field} out.` }) as const,
        ),
    };
  }

  if (isMediaProvider(provider)) return withLifecycle(wrapMediaProvider(about, provider, generateImage));

  return withLifecycle({
    id,
    generateImage,
    generate,
    models: async () => ({}),
    async edit() {
      throw new AiImageError('unsupported', `${id}: this provider implements only generateImage and cannot edit`, {
        provider: id,
        field: 'inputImages',
        hint: 'Use another provider to edit images, or add edit() to this one (interface MediaProvider).',
      });
    },
    async plan(input) {
      const request = parse(input);
      const { warnings, refusals } = checkFields(request);
      const { n = 1, model = '', size, format } = request;
      return {
        provider: id,
        model,
        requests: [],
        adaptations: warnings,
        refusals,
        applied: { model, n, ...withoutUndefined({ size, format }) },
        price: UNKNOWN_COST,
      };
    },
    async healthCheck() {
      return { status: 'unknown', message: `${id} implements only generateImage` };
    },
    close: () => Promise.resolve(),
  });
}
