/** Builds the input of a model, under the model's own names. */
import { dataUrl, type EditArgs, type RequestArgs, type Size, sizeText } from '../kit/index.ts';
import { inputsOf, type ReplicateInputs } from './model-inputs.ts';
import type { ReplicateOptions, ReplicateSettings } from './wire.ts';

export type ReplicateArgs =
  | RequestArgs<ReplicateOptions, ReplicateSettings>
  | EditArgs<ReplicateOptions, ReplicateSettings>;

export function inputOf(args: ReplicateArgs): object {
  const { model, prompt, negativePrompt, n, size, aspectRatio, tier, quality, style, safety, seed, format } = args;
  const { input, webhook: _, webhook_events_filter: __, wait: ___, cancel_after: ____, ...own } = args.options;
  const inputs = inputsOf(model);
  const files = 'inputs' in args ? args.inputs.map((file) => file.reference ?? dataUrl(file)) : [];
  const { images = 'image' } = inputs ?? {};
  return {
    prompt: prompt === '' ? undefined : prompt,
    negative_prompt: negativePrompt,
    num_outputs: inputs?.n !== undefined && n > 1 ? n : undefined,
    ...sizeFields(inputs?.size, size, aspectRatio),
    ...(inputs?.tier !== undefined && { [inputs.tier]: tier }),
    ...(inputs?.quality !== undefined && { [inputs.quality]: quality }),
    [inputs?.style ?? 'style']: style,
    safety_tolerance: safety === undefined ? undefined : Number(safety),
    seed,
    output_format: format === 'jpeg' ? 'jpg' : format,
    ...(files.length > 0 && {
      [images]: images.endsWith('images') || images === 'image_input' ? files : files[0],
    }),
    ...('mask' in args && args.mask !== undefined && { mask: args.mask.reference ?? dataUrl(args.mask) }),
    ...own,
    ...input,
  };
}

function sizeFields(
  field: ReplicateInputs['size'] | undefined,
  size: Size | undefined,
  aspectRatio: string | undefined,
): object {
  if (size === undefined) return {};
  switch (field) {
    case 'aspect_ratio':
      return { aspect_ratio: aspectRatio };
    case 'custom':
      return { aspect_ratio: 'custom', ...size };
    case 'size custom':
      return { size: 'custom', ...size };
    case 'size':
      return { size: sizeText(size) };
    default:
      return {};
  }
}
