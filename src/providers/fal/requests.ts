/** Builds the input of a model, under the model's own names. */
import { dataUrl, type EditArgs, type RequestArgs } from '../kit/index.ts';
import { inputsOf } from './model-inputs.ts';
import type { FalOptions, FalSettings } from './wire.ts';

export type FalArgs = RequestArgs<FalOptions, FalSettings> | EditArgs<FalOptions, FalSettings>;

export function inputOf(args: FalArgs): object {
  const { model, prompt, negativePrompt, n, size, aspectRatio, tier, style, quality, safety, seed, format } = args;
  const {
    input,
    webhook_url: _,
    priority: __,
    start_timeout_seconds: ___,
    file_lifetime_seconds: ____,
    ...own
  } = args.options;
  const inputs = inputsOf(model);
  const files = 'inputs' in args ? args.inputs.map((file) => file.reference ?? dataUrl(file)) : [];
  return {
    prompt: prompt === '' ? undefined : prompt,
    negative_prompt: negativePrompt,
    num_images: inputs?.n !== undefined && n > 1 ? n : undefined,
    ...(inputs?.size === 'image_size' && { image_size: size }),
    ...(inputs?.size === 'aspect_ratio' && { aspect_ratio: aspectRatio }),
    resolution: tier,
    style,
    rendering_speed: quality,
    safety_tolerance: inputs?.hasNumericSafety && safety !== undefined ? Number(safety) : safety,
    seed,
    output_format: format,
    ...(files.length > 0 && inputs?.images === 'image_urls' && { image_urls: files }),
    ...(files.length > 0 && inputs?.images === 'image_url' && { image_url: files[0] }),
    ...own,
    ...input,
  };
}
