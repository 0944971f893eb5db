/** Takes in a provider written by someone else: what it returns is checked like everything else, what it lacks is said plainly. */
import { DEFAULT_DEADLINE_MS, untilAborted } from '../../../transport/index.ts';
import type { CallContext } from '../../protocol/context.ts';
import { AiImageError, type ImageFailure } from '../../protocol/errors.ts';
import type { ImageGeneration } from '../../protocol/generation.ts';
import type { AiImageProvider, GenerateImageParams, MediaProvider } from '../../protocol/provider.ts';
import { type ImageRequest, imageRequestSchema } from '../../protocol/request.ts';
import type { AiImageResult } from '../../protocol/result.ts';
import type { ProviderAbout } from '../adapter/about.ts';
import { toOneError } from '../combine-errors.ts';
import { withoutTier } from '../model-tier.ts';
import { notify } from '../notify.ts';
import { refuseUnknownParams } from '../request/params.ts';
import { UNKNOWN_COST } from '../response/pricing.ts';
import { toAiImageError } from '../response/translate-error.ts';
import { parseInput } from '../schema/parse.ts';
import { type CheckedResult, checkResult, type Expected, pixelsOf } from './check-results.ts';
import { withLifecycle } from './with-lifecycle.ts';
import { isMediaProvider, wrapMediaProvider } from './wrap-media-provider.ts';

/** What the canonical call can carry; a request with more is refused, or adapted when its caller allows it. */
const CARRIED = ['prompt', 'n', 'size', 'format', 'model', 'options', 'metadata', 'onUnsupported'];

/** Without these the picture would be another one altogether: they are never left out. */
const ESSENTIAL = ['inputImages', 'mask', 'operation'];

export function wrapProvider(id: string, provider: AiImageProvider | MediaProvider): MediaProvider {
  const about: ProviderAbout = { id, title: id, aliases: [], auth: { kind: 'none' } };

  async function generateImage(prompt: string, params: GenerateImageParams = {}): Promise<AiImageResult> {
    refuseUnknownParams(params, id);
    const { signal, ...given } = withoutTier(definedOnly(params));
    const request = parse({ prompt, ...given });
    const { image } = await callOnce(request.prompt.trim(), given, { signal }, { ...given, onMismatch: 'warn' });
    const { imageBytes, format, promptUsed, model } = image;
    return { imageBytes, format, promptUsed, model };
  }

  function parse(request: object): ImageRequest {
    const parsed = parseInput(imageRequestSchema, request, {
      code: 'invalid_request',
      subject: 'request',
      provider: id,
    });
    return withoutTier(parsed);
  }

  /** The foreign call, which need not heed the signal: the caller is let go all the same. */
  async function callOnce(
    prompt: string,
    params: Omit<GenerateImageParams, 'signal'>,
    { signal, deadlineMs = DEFAULT_DEADLINE_MS }: Pick<CallContext, 'signal' | 'deadlineMs'>,
    expected: Partial<Expected> & Pick<Expected, 'onMismatch'>,
  ): Promise<CheckedResult> {
    if (signal?.aborted) throw ended('aborted', 'aborted before anything was sent', 'no');
    const clock = new AbortController();
    const timer = setTimeout(() => clock.abort(), Math.min(deadlineMs, 2_147_483_647));
    const either = signal ? AbortSignal.any([signal, clock.signal]) : clock.signal;
    let result: unknown;
    try {
      result = await untilAborted(
        (async () => provider.generateImage(prompt, { ...params, signal: either }))(),
        either,
      );
    } catch (error) {
      if (signal?.aborted) throw ended('aborted', 'aborted while the provider was at work');
      if (clock.signal.aborted) throw ended('timeout', `no answer within ${deadlineMs} ms`);
      throw toAiImageError(error, { about, model: params.model, confidential: [prompt] });
    } finally {
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
    const { warnings, refusals } = heldAgainst(request);
    const [refusal] = refusals;
    if (refusal) throw new AiImageError(refusal.code, refusal.message, { provider: id, hint: refusal.hint });
    const startedAt = Date.now();
    const { n = 1, size, format, model, options } = request;
    const prompt = request.prompt.trim();
    const { onMismatch = 'warn', onEvent } = context;
    const params = definedOnly({ size, format, model, options });
    notify(onEvent, { type: 'submitted' });
    const failures: ImageFailure[] = [];
    const settled = await Promise.all(
      Array.from({ length: n }, async (_, index) => {
        try {
          const each = await callOnce(prompt, params, context, { format, size, onMismatch });
          notify(onEvent, { type: 'image', index, image: each.image });
          return [each];
        } catch (error) {
          failures.push({ index, error: toAiImageError(error, { about, model, confidential: [prompt] }) });
          return [];
        }
      }),
    );
    const results = settled.flat();
    const [first, ...others] = results.map(({ image }) => image);
    failures.sort((a, b) => a.index - b.index);
    if (first === undefined) throw toOneError(failures, id);
    const generation: ImageGeneration = {
      images: [first, ...others],
      failures,
      provider: id,
      model: first.model,
      warnings: [...warnings, ...results.flatMap((result) => result.warnings)],
      applied: { model: first.model, n, ...definedOnly({ size, format }) },
      cost: UNKNOWN_COST,
      timing: { startedAt, durationMs: Date.now() - startedAt },
    };
    notify(onEvent, { type: 'done', generation });
    return generation;
  }

  function heldAgainst(request: ImageRequest) {
    const beyond = Object.keys(request).filter(
      (field) => !CARRIED.includes(field) && request[field as keyof ImageRequest] !== undefined,
    );
    const message = (field: string) => `${id}: this provider implements generateImage only, which has no ${field}`;
    const mustRefuse = (field: string) => request.onUnsupported !== 'adapt' || ESSENTIAL.includes(field);
    return {
      warnings: beyond
        .filter((field) => !mustRefuse(field))
        .map((field) => ({ code: 'adapted', field, message: `${message(field)}; it is left out` }) as const),
      refusals: beyond
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
      throw new AiImageError('unsupported', `${id}: this provider implements generateImage only, which cannot edit`, {
        provider: id,
      });
    },
    async plan(input) {
      const request = parse(input);
      const { warnings, refusals } = heldAgainst(request);
      const { n = 1, model = '', size, format } = request;
      return {
        provider: id,
        model,
        requests: [],
        adaptations: warnings,
        refusals,
        applied: { model, n, ...definedOnly({ size, format }) },
        price: UNKNOWN_COST,
      };
    },
    async healthCheck() {
      return { status: 'unknown', message: `${id} implements generateImage only` };
    },
    close: () => Promise.resolve(),
  });
}

function definedOnly<T extends object>(value: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [K in keyof T]: NonNullable<T[K]>;
  };
}
