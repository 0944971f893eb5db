/** From fetched bytes to checked pictures. What was paid for and is not a whole picture is kept aside, not thrown away. */
import { type BytesWithMetadata, brokenReason } from '../../../transport/index.ts';
import { AiImageError, type ImageFailure } from '../../protocol/errors.ts';
import type { GeneratedImage, Warning } from '../../protocol/generation.ts';
import type { JobHandle } from '../../protocol/job.ts';
import { type ImageFormat, MEDIA_TYPES } from '../../protocol/vocabulary.ts';
import type { ImageLimits } from '../adapter/settings.ts';
import type { CheckImage } from '../image/lazy-gate.ts';
import { shownKey } from '../schema/parse.ts';
import { toLink } from './link-expiry.ts';
import { type ErrorContext, toAiImageError } from './translate-error.ts';

/** What was asked for, as far as the bytes can be held against it. */
export interface Asked {
  readonly prompt: string;
  readonly model: string;
  readonly format?: string | undefined;
  readonly size?: string | undefined;
  readonly seed?: number | undefined;
  readonly limits: Partial<ImageLimits>;
  readonly onMismatch: 'warn' | 'error';
  /** The vendor's links are to be handed out; so long they live where they do not say it. */
  readonly links?: { readonly liveMs: number | undefined } | undefined;
}

export interface Checked {
  readonly images: readonly { readonly index: number; readonly image: GeneratedImage }[];
  readonly failures: readonly ImageFailure[];
  readonly warnings: readonly Warning[];
}

const RASTER: readonly ImageFormat[] = ['png', 'jpeg', 'webp', 'gif', 'avif'];

export interface CheckContext extends ErrorContext {
  /** What finds the file of a link again, where there is no job. */
  readonly jobOfLink?: ((link: string) => JobHandle) | undefined;
  /** The door the pictures have to come through. */
  readonly checkImage: CheckImage;
}

/** @param firstIndex which of all pictures the first pair is */
export function toImages(
  pairs: readonly BytesWithMetadata[],
  asked: Asked,
  firstIndex: number,
  given: CheckContext,
): Checked {
  const images: Checked['images'][number][] = [];
  const failures: ImageFailure[] = [];
  const warnings: Warning[] = [];
  for (const [at, [bytes, metadata]] of pairs.entries()) {
    const index = firstIndex + at;
    const { link: from } = metadata;
    const context =
      given.job === undefined && typeof from === 'string' ? { ...given, job: given.jobOfLink?.(from) } : given;
    const fail = (error: AiImageError) => failures.push({ index, error });
    if (metadata.error !== undefined) {
      fail(toAiImageError(metadata.error, context));
      continue;
    }
    const checked = checkPicture(bytes, asked, context);
    if (checked instanceof AiImageError) {
      fail(checked);
      continue;
    }
    const { width, height, format, trailingBytes } = checked;
    const found = mismatches({ width, height, format, drawnBy: metadata.drawnBy }, asked);
    const mismatch = found.find(({ code }) => code !== 'model_mismatch');
    if (mismatch && asked.onMismatch === 'error') {
      const hint = 'The picture was paid for and is in error.quarantine.';
      fail(
        new AiImageError('bad_response', `${context.about.id}: ${mismatch.message}`, {
          ...who(context),
          quarantine: [bytes],
          charged: 'yes',
          hint,
        }),
      );
      continue;
    }
    warnings.push(...found.map((warning) => ({ ...warning, message: `${context.about.id}: ${warning.message}` })));
    const told = readSeed(metadata.seed);
    if (told === undefined && isTold(metadata.seed)) warnings.push(ignoredField(context.about.id, 'seed'));
    if (metadata.isDraft === true) warnings.push(draft(context.about.id));
    if (trailingBytes !== undefined) {
      const message = `${context.about.id}: ${trailingBytes} bytes follow the end of image ${index + 1}; the file is kept as it came`;
      warnings.push({ code: 'trailing_data', message });
    }
    const seed = told ?? (asked.seed === undefined ? undefined : asked.seed + at);
    const revisedPrompt =
      typeof metadata.revisedPrompt === 'string' && metadata.revisedPrompt !== '' ? metadata.revisedPrompt : undefined;
    const link =
      asked.links && typeof metadata.link === 'string'
        ? toLink(metadata.link, asked.links.liveMs, Date.now())
        : undefined;
    images.push({
      index,
      image: {
        id: randomId(),
        imageBytes: bytes,
        format,
        promptUsed: asked.prompt,
        model: typeof metadata.drawnBy === 'string' ? metadata.drawnBy : asked.model,
        width,
        height,
        mediaType: MEDIA_TYPES[format],
        ...(trailingBytes !== undefined && { trailingBytes }),
        ...(seed !== undefined && { seed }),
        ...(revisedPrompt !== undefined && { revisedPrompt }),
        ...(link && { link }),
      },
    });
  }
  return { images, failures, warnings };
}

function checkPicture(bytes: Uint8Array, { format, limits }: Asked, context: CheckContext) {
  const allowed = format === 'svg' ? [...RASTER, 'svg' as const] : RASTER;
  const checked = context.checkImage(bytes, {
    allowed,
    ...(limits.maxImageBytes !== undefined && { maxBytes: limits.maxImageBytes }),
    ...(limits.maxImagePixels !== undefined && { maxPixels: limits.maxImagePixels }),
  });
  if (checked.ok) return checked.image;
  const reason = brokenReason(bytes);
  const hint = 'It was paid for: the bytes as they came are in error.quarantine.';
  const words = reason === undefined ? `what came is not a whole picture: it ${checked.reason}` : reason;
  return new AiImageError(checked.code, `${context.about.id}: ${words}`, {
    ...who(context),
    quarantine: [bytes],
    charged: reason === undefined ? 'yes' : 'unknown',
    hint,
  });
}

function who({ about, model, job }: ErrorContext) {
  return { provider: about.id, model, job };
}

interface Found {
  readonly width: number;
  readonly height: number;
  readonly format: ImageFormat;
  readonly drawnBy: unknown;
}

function mismatches({ width, height, format, drawnBy }: Found, asked: Asked): Warning[] {
  const warnings: Warning[] = [];
  if (asked.size !== undefined && format !== 'svg' && asked.size !== `${width}x${height}`) {
    warnings.push({
      code: 'size_mismatch',
      field: 'size',
      message: `asked for ${asked.size}, the picture is ${width}x${height}`,
    });
  }
  if (asked.format !== undefined && asked.format !== format) {
    warnings.push({
      code: 'format_mismatch',
      field: 'format',
      message: `asked for ${asked.format}, the picture is ${format}`,
    });
  }
  if (typeof drawnBy === 'string' && drawnBy !== asked.model) {
    warnings.push({ code: 'model_mismatch', field: 'model', message: `asked ${asked.model}, ${drawnBy} drew it` });
  }
  return warnings;
}

const isTold = (value: unknown): boolean => value !== undefined && value !== null;

/** Beyond the safe integers the number that was read is no longer the one that was sent. */
function readSeed(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

/** @param field as the vendor names it */
export function ignoredField(provider: string, field: string): Warning {
  const shown = field.split('.').map(shownKey).join('.');
  const message = `${provider}: the field "${shown}" of the reply could not be read and was left out`;
  return { code: 'reply_field_ignored', field: shown, message };
}

function draft(provider: string): Warning {
  return {
    code: 'draft_image',
    message: `${provider}: the vendor marked the only image as a draft; it was handed out`,
  };
}

/** 128 random bits. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
