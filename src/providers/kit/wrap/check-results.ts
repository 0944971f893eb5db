/** What a foreign provider returns, checked field by field and rebuilt: nothing else gets through. */
import { AiImageError, type ImageFailure } from '../../protocol/errors.ts';
import type { Cost, GeneratedImage, ImageGeneration, ImageLink, Warning } from '../../protocol/generation.ts';
import type { AiImageResult } from '../../protocol/result.ts';
import { IMAGE_FORMATS } from '../../protocol/vocabulary.ts';
import type { ProviderAbout } from '../adapter/about.ts';
import { toOneError } from '../combine-errors.ts';
import { checkImage } from '../image/gate.ts';
import { UNKNOWN_COST } from '../response/pricing.ts';
import { type Asked, toImages } from '../response/to-images.ts';
import { toAiImageError } from '../response/translate-error.ts';

export type Expected = Pick<Asked, 'format' | 'size' | 'onMismatch'>;

export interface CheckedResult {
  readonly image: GeneratedImage;
  /** Where the picture is not as asked. */
  readonly warnings: readonly Warning[];
}

/**
 * Checks one canonical result; its format becomes what the bytes say.
 * @param index which image of its call it is
 * @throws AiImageError `bad_response` naming every wrong field, or what the image gate found wrong with the bytes
 */
export function checkResult(about: ProviderAbout, result: unknown, expected: Expected, index = 0): CheckedResult {
  const { imageBytes, format, promptUsed, model, ...others } = readFields(about, result);
  const { seed, revisedPrompt, id, link } = others;
  const { images, failures, warnings } = toImages(
    [[imageBytes, { seed, revisedPrompt }]],
    { ...expected, prompt: promptUsed, model, limits: {} },
    index,
    { about, model, checkImage },
  );
  const [first] = images;
  if (first === undefined) throw toOneError(failures, about.id);
  const more = { ...(typeof id === 'string' && id !== '' && { id }), ...readLink(link) };
  return { image: { ...first.image, ...more }, warnings };
}

/** Handed on as it came: whoever follows it looks where it leads. */
function readLink(link: unknown): Pick<GeneratedImage, 'link'> {
  const { url, expiresAt } = (typeof link === 'object' && link !== null ? link : {}) as Partial<ImageLink>;
  if (typeof url !== 'string' || !/^https?:/i.test(url)) return {};
  return { link: { url, ...(typeof expiresAt === 'string' && { expiresAt }) } };
}

/** @throws AiImageError `bad_response` */
function readFields(about: ProviderAbout, result: unknown): AiImageResult & Readonly<Record<string, unknown>> {
  const fields = (typeof result === 'object' && result !== null ? result : {}) as Readonly<Record<string, unknown>>;
  const { imageBytes, format, promptUsed, model } = fields;
  const faults = [
    !(imageBytes instanceof Uint8Array) && 'imageBytes is no Uint8Array',
    !(typeof promptUsed === 'string' && promptUsed.trim() !== '') && 'promptUsed is no text',
    !(typeof model === 'string' && model !== '') && 'model is no text',
    !(IMAGE_FORMATS as readonly unknown[]).includes(format) && `format is none of ${IMAGE_FORMATS.join(', ')}`,
  ].filter((fault) => fault !== false);
  if (faults.length > 0) throw notAsPromised(about, `result is not an AiImageResult: ${faults.join(', ')}`);
  return fields as AiImageResult & Readonly<Record<string, unknown>>;
}

/**
 * Checks the generation of a full provider: pictures that are none move to the failures.
 * @throws AiImageError `bad_response` when it is no generation, and as `checkResult` when no picture is left
 */
export function checkGeneration(
  about: ProviderAbout,
  generation: ImageGeneration,
  expected: Expected,
): ImageGeneration {
  const given: readonly unknown[] = Array.isArray(generation?.images) ? generation.images : [];
  if (given.length === 0) throw notAsPromised(about, 'generation has no list of images');
  const images: GeneratedImage[] = [];
  const failures: ImageFailure[] = readFailures(about, generation.failures);
  const said: readonly Warning[] = Array.isArray(generation.warnings) ? generation.warnings : [];
  const warnings: Warning[] = [...said];
  for (const [index, each] of given.entries()) {
    try {
      const checked = checkResult(about, each, expected, index);
      images.push(checked.image);
      // What the provider said itself is not said twice.
      warnings.push(...checked.warnings.filter(({ code }) => !said.some((known) => known.code === code)));
    } catch (error) {
      failures.push({ index, error: toAiImageError(error, { about }) });
    }
  }
  const [first, ...others] = images;
  if (first === undefined) throw toOneError(failures, about.id);
  const { model = first.model, applied, usage, cost, timing, job, requestId } = generation;
  return {
    images: [first, ...others],
    failures,
    provider: about.id,
    model,
    warnings,
    applied: applied ?? { model, n: given.length },
    ...(usage && { usage }),
    cost: readCost(cost),
    timing: timing ?? { startedAt: Date.now(), durationMs: 0 },
    ...(job && { job }),
    ...(requestId !== undefined && { requestId }),
  };
}

function readFailures(about: ProviderAbout, failures: unknown): ImageFailure[] {
  if (!Array.isArray(failures)) return [];
  return (failures as readonly Partial<ImageFailure>[]).map((failure, at) => ({
    index: typeof failure?.index === 'number' ? failure.index : at,
    error: toAiImageError(failure?.error, { about }),
  }));
}

/** Money that is none is not counted as money. */
function readCost(cost: unknown): Cost {
  const { usd, basis, asOf } = (typeof cost === 'object' && cost !== null ? cost : {}) as Partial<Cost>;
  const isAmount = typeof usd === 'number' && Number.isFinite(usd) && usd >= 0;
  if (!isAmount || (basis !== 'reported' && basis !== 'estimated')) return UNKNOWN_COST;
  return { usd, basis, ...(typeof asOf === 'string' && { asOf }) };
}

function notAsPromised(about: ProviderAbout, what: string): AiImageError {
  return new AiImageError('bad_response', `${about.id}: the provider's ${what}`, {
    provider: about.id,
    hint: 'Correct the provider; `describeProvider` from @org/ai-image/testing checks it.',
  });
}

/** Words for sizes mean other pixels with each provider: only pixels can be held against a picture. */
export function pixelsOf(size: string | undefined): string | undefined {
  return size !== undefined && /^\d/.test(size) ? size : undefined;
}
