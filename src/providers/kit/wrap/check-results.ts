/** Checks and rebuilds what a third-party provider returns, field by field. Unknown fields are dropped. */
import { AiImageError, type ImageFailure } from '../../protocol/errors.ts';
import type { Cost, GeneratedImage, ImageGeneration, ImageLink, Warning } from '../../protocol/generation.ts';
import type { AiImageResult } from '../../protocol/result.ts';
import { IMAGE_FORMATS } from '../../protocol/vocabulary.ts';
import type { ProviderAbout } from '../adapter/about.ts';
import { combineErrors } from '../combine-errors.ts';
import { checkImage } from '../image/check-image.ts';
import { isCount, UNKNOWN_COST } from '../response/pricing.ts';
import { type ExpectedImage, toImages } from '../response/to-images.ts';
import { redactText, redactWarning, toForeignError } from './foreign-texts.ts';

export type Expected = Pick<ExpectedImage, 'format' | 'size' | 'onMismatch'>;

export interface CheckedResult {
  readonly image: GeneratedImage;
  /** Differences between the image and the request. */
  readonly warnings: readonly Warning[];
}

/**
 * Checks one canonical result; its format becomes what the bytes say.
 * @param index which image of its call it is
 * @throws AiImageError `bad_response` that names every invalid field, or the error of the image check
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
  if (first === undefined) throw combineErrors(failures, about.id);
  const more = { ...(typeof id === 'string' && id !== '' && { id }), ...readLink(link) };
  return { image: { ...first.image, ...more }, warnings };
}

/** Passes the link on. The code that follows it checks where it leads. */
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
    !(imageBytes instanceof Uint8Array) && 'imageBytes is not a Uint8Array',
    !(typeof promptUsed === 'string' && promptUsed.trim() !== '') && 'promptUsed is not a text',
    !(typeof model === 'string' && model !== '') && 'model is not a text',
    !(IMAGE_FORMATS as readonly unknown[]).includes(format) && `format is not one of ${IMAGE_FORMATS.join(', ')}`,
  ].filter((fault) => fault !== false);
  if (faults.length > 0) throw invalidResultError(about, `result is not an AiImageResult: ${faults.join(', ')}`);
  return fields as AiImageResult & Readonly<Record<string, unknown>>;
}

/**
 * Checks the result of a full provider. Invalid images move to `failures`.
 * @throws AiImageError `bad_response` if it is not a generation, and as `checkResult` if no valid image is left
 */
export function checkGeneration(
  about: ProviderAbout,
  generation: ImageGeneration,
  expected: Expected,
  confidential?: readonly string[],
): ImageGeneration {
  const given: readonly unknown[] = Array.isArray(generation?.images) ? generation.images : [];
  if (given.length === 0) throw invalidResultError(about, 'generation has no list of images');
  const images: GeneratedImage[] = [];
  const failures: ImageFailure[] = readFailures(about, generation.failures, confidential);
  const reported: readonly Warning[] = Array.isArray(generation.warnings) ? generation.warnings : [];
  const warnings: Warning[] = reported.map((each) => redactWarning(each, confidential));
  for (const [index, each] of given.entries()) {
    try {
      const checked = checkResult(about, each, expected, index);
      images.push(checked.image);
      // Skips warnings that the provider itself reported.
      warnings.push(...checked.warnings.filter(({ code }) => !reported.some((known) => known.code === code)));
    } catch (error) {
      failures.push({ index, error: toForeignError(error, { about }) });
    }
  }
  const [first, ...others] = images;
  if (first === undefined) throw combineErrors(failures, about.id);
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
    ...(requestId !== undefined && { requestId: redactText(requestId) }),
  };
}

function readFailures(about: ProviderAbout, failures: unknown, confidential?: readonly string[]): ImageFailure[] {
  if (!Array.isArray(failures)) return [];
  return (failures as readonly Partial<ImageFailure>[]).map((failure, at) => ({
    index: typeof failure?.index === 'number' ? failure.index : at,
    error: toForeignError(failure?.error, { about, confidential }),
  }));
}

/** An invalid cost counts as unknown. */
function readCost(cost: unknown): Cost {
  const { usd, basis, asOf } = (typeof cost === 'object' && cost !== null ? cost : {}) as Partial<Cost>;
  if (!isCount(usd) || (basis !== 'reported' && basis !== 'estimated')) return UNKNOWN_COST;
  return { usd, basis, ...(typeof asOf === 'string' && { asOf }) };
}

function invalidResultError(about: ProviderAbout, what: string): AiImageError {
  return new AiImageError('bad_response', `${about.id}: the provider's ${what}`, {
    provider: about.id,
    hint: 'Correct the provider; `describeProvider` from @org/ai-image/testing checks it.',
  });
}

/** Returns sizes in pixels only: a word like `square` means other pixels with each provider. */
export function pixelsOf(size: string | undefined): string | undefined {
  return size !== undefined && /^\d/.test(size) ? size : undefined;
}
