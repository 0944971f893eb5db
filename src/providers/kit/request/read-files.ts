/** Fetches and checks the input images of a request, and converts the mask to the vendor's convention. */
import type { Transport } from '../../../transport/index.ts';
import { AiImageError } from '../../protocol/errors.ts';
import type { InputBounds, ModelCard } from '../../protocol/model-card.ts';
import { MEDIA_TYPES } from '../../protocol/vocabulary.ts';
import type { ProviderDefinition } from '../adapter/provider-definition.ts';
import type { InputFile, MaskFile } from '../adapter/request-args.ts';
import { loadCode } from '../features/load-code.ts';
import { checkRaster } from '../image/check-raster.ts';
import type { MaskCode } from '../image/mask/mask-code.ts';
import type { Size } from '../sizes.ts';
import type { AnyRequest } from './resolve-step.ts';
import { UNFETCHED } from './unfetched-input.ts';

export interface InputFiles {
  readonly inputs: readonly [InputFile, ...InputFile[]];
  readonly mask?: MaskFile;
}

export interface ReadFilesOptions {
  /** Fetches input images given as links. A plan does not set it, so that it requests nothing: the files are then empty. */
  readonly fetchLink?: Transport['fetchLink'] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs?: number | undefined;
}

export async function readFiles(
  definition: ProviderDefinition,
  card: ModelCard,
  request: AnyRequest,
  options: ReadFilesOptions,
): Promise<InputFiles> {
  const provider = definition.about.id;
  const { edit } = card;
  const wrong = (field: string, message: string, hint: string) =>
    new AiImageError('invalid_request', `${provider}: ${field} ${message}`, { provider, field, hint });

  const readBytes = async (input: Uint8Array | string, field: string): Promise<Uint8Array | undefined> => {
    if (typeof input !== 'string') return input;
    if (options.fetchLink === undefined) return undefined;
    const { signal, deadlineMs } = options;
    const { bytes } = await options.fetchLink(input, { signal, deadlineMs }).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      const code = options.signal?.aborted ? 'aborted' : 'invalid_request';
      throw new AiImageError(code, `${provider}: ${field} ${UNFETCHED}: ${reason}`, {
        provider,
        charged: 'no',
        field: code === 'aborted' ? undefined : field,
        hint: code === 'aborted' ? undefined : 'Check the link, or pass the bytes of the image.',
        cause: error,
      });
    });
    return bytes;
  };

  const inputs = await Promise.all(
    (request.inputImages ?? []).map(
      async (input, index): Promise<InputFile & { size?: { width: number; height: number } }> => {
        const field = `inputImages.${index}`;
        const bytes = await readBytes(input, field);
        if (bytes === undefined)
          return {
            bytes: new Uint8Array(0),
            format: 'png',
            mediaType: MEDIA_TYPES.png,
            fileName: `image-${index + 1}.png`,
          };
        const checked = checkRaster(bytes, { allowed: edit?.inputFormats ?? [], maxBytes: edit?.maxInputBytes ?? 0 });
        if (!checked.ok)
          throw wrong(
            field,
            checked.reason,
            `Pass an image as ${edit?.inputFormats.join(', ')} of at most ${edit?.maxInputBytes} bytes.`,
          );
        const { format, width, height } = checked.image;
        const fault = boundsFault(edit?.inputBounds, { width, height });
        if (fault !== undefined) throw wrong(field, fault, 'Pass an image of another size.');
        return {
          bytes,
          format,
          mediaType: MEDIA_TYPES[format],
          fileName: `image-${index + 1}.${format}`,
          size: { width, height },
        };
      },
    ),
  );
  const [first, ...others] = inputs;
  if (first === undefined) throw wrong('inputImages', 'is empty', 'Pass at least one image.');
  const files = { inputs: [first, ...others] } as const;
  if (request.mask === undefined || edit?.mask === undefined) return files;
  const { MaskError, readMask, describeOrientation } = await loadMaskCode(definition);

  const bytes = await readBytes(request.mask, 'mask');
  const placeholder = {
    bytes: new Uint8Array(0),
    format: 'png',
    mediaType: MEDIA_TYPES.png,
    fileName: 'mask.png',
  } as const;
  for (const [field, file, format] of [
    ['inputImages.0', first.bytes, first.format],
    ['mask', bytes ?? new Uint8Array(0), 'png'],
  ] as const) {
    const orientation = describeOrientation(file, format);
    if (orientation === undefined) continue;
    throw wrong(
      field,
      `is rotated or mirrored by its metadata (${orientation}), but a mask applies to the pixels as they are stored`,
      'Rotate the pixels and remove the orientation (sharp: .autoOrient(), ImageMagick: -auto-orient), then make the mask for that image.',
    );
  }
  if (bytes === undefined || first.size === undefined) return { ...files, mask: placeholder };
  const converted = await readMask(bytes, edit.mask.convention, first.size).catch((error: unknown) => {
    if (!(error instanceof MaskError)) throw error;
    const hint = 'A mask is a PNG: white = repaint, black = keep, as large as the first input.';
    throw new AiImageError('invalid_request', `${provider}: ${error.message}`, { provider, field: 'mask', hint });
  });
  if (edit.mask.maxBytes !== undefined && converted.bytes.length > edit.mask.maxBytes) {
    throw wrong(
      'mask',
      `has ${converted.bytes.length} bytes, the vendor takes ${edit.mask.maxBytes}`,
      'Use a smaller or plainer mask.',
    );
  }
  return { ...files, mask: { ...placeholder, ...converted } };
}

async function loadMaskCode({ about, masks }: ProviderDefinition): Promise<MaskCode> {
  if (masks === undefined) throw new Error(`${about.id}: a model takes masks, and the adapter names no code for them`);
  // `loaders.ts`, which makes all values of `FeatureLoader`, checks what they load.
  return loadCode(about, masks.name, masks.load as () => Promise<MaskCode>);
}

/** @returns what is wrong with the pixel size of an input image */
function boundsFault(bounds: InputBounds = {}, { width, height }: Size): string | undefined {
  const { minEdge = 0, maxEdge = Infinity, minPixels = 0, maxPixels = Infinity, maxRatio = Infinity } = bounds;
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  const pixels = width * height;
  const is = `is ${width}x${height} pixels large`;
  if (short < minEdge || long > maxEdge) return `${is}, its edges must be ${minEdge} to ${maxEdge}`;
  if (pixels < minPixels || pixels > maxPixels)
    return `${is}, ${pixels} in all; it must have ${minPixels} to ${maxPixels}`;
  return long > short * maxRatio ? `${is}, longer than ${maxRatio}:1` : undefined;
}
