/** Checks the fetched bytes and turns them into images. Bytes that are not a valid image go into the error's `quarantine`. */
import { brokenReason } from '../../../transport/body/broken-blob.ts';
import type { BytesWithMetadata } from '../../../transport/index.ts';
import { AiImageError, type ImageFailure, isAiImageError } from '../../protocol/errors.ts';
import type { GeneratedImage, Warning } from '../../protocol/generation.ts';
import type { JobHandle } from '../../protocol/job.ts';
import { randomId } from '../../protocol/shared/random-id.ts';
import { type ImageFormat, MEDIA_TYPES } from '../../protocol/vocabulary.ts';
import type { ImageLimits } from '../adapter/settings.ts';
import type { CheckImage } from '../image/load-image-check.ts';
import { printableKey } from '../schema/parse.ts';
import { toLink } from './link-expiry.ts';
import { type ErrorContext, toAiImageError } from './translate-error.ts';

/** What was requested, to compare the images with it. */
export interface ExpectedImage {
  readonly prompt: string;
  readonly model: string;
  readonly format?: string | undefined;
  readonly size?: string | undefined;
  readonly seed?: number | undefined;
  readonly limits: Partial<ImageLimits>;
  readonly onMismatch: 'warn' | 'error';
  /** Set to return the vendor's links. `lifetimeMs`: how long they stay valid if they do not say so themselves. */
  readonly links?: { readonly lifetimeMs: number | undefined } | undefined;
}

export interface CheckedImages {
  readonly images: readonly { readonly index: number; readonly image: GeneratedImage }[];
  readonly failures: readonly ImageFailure[];
  readonly warnings: readonly Warning[];
}

const RASTER: readonly ImageFormat[] = ['png', 'jpeg', 'webp', 'gif', 'avif'];

export interface CheckContext extends ErrorContext {
  /** Returns a handle that fetches the link again, for vendors without jobs. */
  readonly jobOfLink?: ((link: string) => JobHandle) | undefined;
  readonly checkImage: CheckImage;
}

/** @param firstIndex position of the first image among all images of the call */
export function toImages(
  pairs: readonly BytesWithMetadata[],
  expected: ExpectedImage,
  firstIndex: number,
  given: CheckContext,
): CheckedImages {
  const images: CheckedImages['images'][number][] = [];
  const failures: ImageFailure[] = [];
  const warnings: Warning[] = [];
  for (const [at, [bytes, metadata]] of pairs.entries()) {
    const index = firstIndex + at;
    const { link } = metadata;
    const context =
      given.job === undefined && typeof link === 'string' ? { ...given, job: given.jobOfLink?.(link) } : given;
    try {
      if (metadata.error !== undefined) throw toAiImageError(metadata.error, context);
      const checked = toImage(bytes, metadata, expected, { index, at, context });
      images.push({ index, image: checked.image });
      warnings.push(...checked.warnings);
    } catch (error) {
      if (!isAiImageError(error)) throw error;
      failures.push({ index, error });
    }
  }
  return { images, failures, warnings };
}

interface ImagePosition {
  readonly index: number;
  /** Position within its request, from 0. */
  readonly at: number;
  readonly context: CheckContext;
}

/** @throws AiImageError the bytes are not a valid image, or not as requested with `onMismatch: 'error'` */
function toImage(
  bytes: Uint8Array,
  { usedModel, seed: givenSeed, isDraft, revisedPrompt, link: url }: Readonly<Record<string, unknown>>,
  expected: ExpectedImage,
  { index, at, context }: ImagePosition,
): { readonly image: GeneratedImage; readonly warnings: readonly Warning[] } {
  const { id: provider } = context.about;
  const { width, height, format, trailingBytes } = checkBytes(bytes, expected, context);
  const differences = findMismatches({ width, height, format, usedModel }, expected);
  const mismatch = differences.find(({ code }) => code !== 'model_mismatch');
  if (mismatch && expected.onMismatch === 'error') {
    throw new AiImageError('bad_response', `${provider}: ${mismatch.message}`, {
      ...errorDetails(context),
      quarantine: [bytes],
      charged: 'yes',
      hint: 'The image was paid for and is in error.quarantine.',
    });
  }
  const warnings = differences.map((warning) => ({ ...warning, message: `${provider}: ${warning.message}` }));
  const reportedSeed = readSeed(givenSeed);
  if (reportedSeed === undefined && isPresent(givenSeed)) warnings.push(ignoredField(provider, 'seed'));
  if (isDraft === true) warnings.push(draftWarning(provider));
  if (trailingBytes !== undefined) {
    const message = `${provider}: ${trailingBytes} bytes follow the end of image ${index + 1}; the file is kept unchanged`;
    warnings.push({ code: 'trailing_data', message });
  }
  const seed = reportedSeed ?? (expected.seed === undefined ? undefined : expected.seed + at);
  const hasRevisedPrompt = typeof revisedPrompt === 'string' && revisedPrompt !== '';
  const link =
    expected.links && typeof url === 'string' ? toLink(url, expected.links.lifetimeMs, Date.now()) : undefined;
  const image = {
    id: randomId(),
    imageBytes: toUnshared(bytes),
    format,
    promptUsed: expected.prompt,
    model: typeof usedModel === 'string' ? usedModel : expected.model,
    width,
    height,
    mediaType: MEDIA_TYPES[format],
    ...(trailingBytes !== undefined && { trailingBytes }),
    ...(seed !== undefined && { seed }),
    ...(hasRevisedPrompt && { revisedPrompt }),
    ...(link && { link }),
  };
  return { image, warnings };
}

/** Copies bytes over shared memory, which another thread could change and no `Response` or `Blob` accepts. Only third-party providers have any. */
function toUnshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const isShared = typeof SharedArrayBuffer === 'function' && bytes.buffer instanceof SharedArrayBuffer;
  return isShared ? new Uint8Array(bytes) : (bytes as Uint8Array<ArrayBuffer>);
}

/** @throws AiImageError the bytes are not an allowed image */
function checkBytes(bytes: Uint8Array, { format, limits }: ExpectedImage, context: CheckContext) {
  const allowed = format === 'svg' ? [...RASTER, 'svg' as const] : RASTER;
  const checked = context.checkImage(bytes, {
    allowed,
    ...(limits.maxImageBytes !== undefined && { maxBytes: limits.maxImageBytes }),
    ...(limits.maxImagePixels !== undefined && { maxPixels: limits.maxImagePixels }),
  });
  if (checked.ok) return checked.image;
  const downloadFault = brokenReason(bytes);
  const message = downloadFault ?? `the result is not a valid image: it ${checked.reason}`;
  throw new AiImageError(checked.code, `${context.about.id}: ${message}`, {
    ...errorDetails(context),
    quarantine: [bytes],
    charged: downloadFault === undefined ? 'yes' : 'unknown',
    hint: `The received bytes, which ${downloadFault === undefined ? 'were' : 'may have been'} charged, are in error.quarantine.`,
  });
}

function errorDetails({ about, model, job }: ErrorContext) {
  return { provider: about.id, model, job };
}

interface ActualImage {
  readonly width: number;
  readonly height: number;
  readonly format: ImageFormat;
  readonly usedModel: unknown;
}

function findMismatches({ width, height, format, usedModel }: ActualImage, expected: ExpectedImage): Warning[] {
  const warnings: Warning[] = [];
  if (expected.size !== undefined && format !== 'svg' && expected.size !== `${width}x${height}`) {
    const message = `requested ${expected.size}, but the image is ${width}x${height}`;
    warnings.push({ code: 'size_mismatch', field: 'size', message });
  }
  if (expected.format !== undefined && expected.format !== format) {
    const message = `requested ${expected.format}, but the image is ${format}`;
    warnings.push({ code: 'format_mismatch', field: 'format', message });
  }
  if (typeof usedModel === 'string' && usedModel !== expected.model) {
    const message = `requested model ${expected.model}, but ${usedModel} generated the image`;
    warnings.push({ code: 'model_mismatch', field: 'model', message });
  }
  return warnings;
}

const isPresent = (value: unknown): boolean => value !== undefined && value !== null;

/** Ignores unsafe integers: parsing JSON has rounded them, so they are not the seed that the vendor sent. */
function readSeed(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

/** @param field the vendor's name of the field */
export function ignoredField(provider: string, field: string): Warning {
  const shown = field.split('.').map(printableKey).join('.');
  const message = `${provider}: the field "${shown}" of the reply could not be read and was left out`;
  return { code: 'reply_field_ignored', field: shown, message };
}

function draftWarning(provider: string): Warning {
  return {
    code: 'draft_image',
    message: `${provider}: the vendor marked the only image as a draft; it is returned anyway`,
  };
}
