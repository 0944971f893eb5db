/**
 * What the listed models call things. Source: their schema pages, second-hand; what a model does not have after all is noticed when its
 * schema is asked for, before the submit.
 */
import type { Options } from './wire.ts';

/** A row for each card of `models.ts`; a test holds the two against each other. */
export interface Inputs {
  /** `custom`: pixels beside `aspect_ratio: 'custom'`; `size custom`: beside `size: 'custom'`. */
  readonly size: 'aspect_ratio' | 'custom' | 'size custom' | 'size' | 'none';
  readonly n?: 'num_outputs';
  readonly pictures?: 'images' | 'input_images' | 'image_input' | 'input_image' | 'image';
  readonly style?: 'style' | 'style_type';
  /** Other pixels of the same shape are asked for by the tier's name. */
  readonly tier?: 'resolution';
  readonly quality?: 'quality';
  /** Options beside those of every model. */
  readonly options: readonly (keyof Options)[];
}

const flux = ['num_inference_steps', 'go_fast', 'megapixels', 'output_quality', 'disable_safety_checker'] as const;
const banana: Inputs = { size: 'aspect_ratio', pictures: 'image_input', options: ['safety_filter_level'] };
const bananaTiers: Inputs = { ...banana, tier: 'resolution' };
const flux2: Inputs = { size: 'aspect_ratio', pictures: 'input_images', options: ['output_quality', 'resolution'] };
const ideogram: Inputs = {
  size: 'aspect_ratio',
  pictures: 'image',
  style: 'style_type',
  options: ['magic_prompt_option', 'style_preset', 'resolution'],
};
const tool: Inputs = { size: 'none', pictures: 'image', options: [] };

const INPUTS: Readonly<Record<string, Inputs>> = {
  'black-forest-labs/flux-schnell': { size: 'aspect_ratio', n: 'num_outputs', options: flux },
  'black-forest-labs/flux-dev': {
    size: 'aspect_ratio',
    n: 'num_outputs',
    pictures: 'image',
    options: [...flux, 'guidance', 'prompt_strength'],
  },
  'black-forest-labs/flux-1.1-pro': { size: 'custom', options: ['prompt_upsampling', 'output_quality'] },
  'black-forest-labs/flux-1.1-pro-ultra': { size: 'aspect_ratio', options: ['raw'] },
  'black-forest-labs/flux-kontext-pro': {
    size: 'aspect_ratio',
    pictures: 'input_image',
    options: ['prompt_upsampling'],
  },
  'black-forest-labs/flux-kontext-max': {
    size: 'aspect_ratio',
    pictures: 'input_image',
    options: ['prompt_upsampling'],
  },
  'black-forest-labs/flux-2-pro': flux2,
  'black-forest-labs/flux-2-max': flux2,
  'black-forest-labs/flux-3-image': {
    size: 'aspect_ratio',
    tier: 'resolution',
    pictures: 'images',
    options: ['grounding', 'output_quality'],
  },
  'google/nano-banana': banana,
  'google/nano-banana-2': bananaTiers,
  'google/nano-banana-pro': bananaTiers,
  'xai/grok-imagine-image-2': { size: 'aspect_ratio', tier: 'resolution', quality: 'quality', options: [] },
  'bytedance/seedream-4.5': { size: 'size custom', pictures: 'image_input', options: [] },
  'ideogram-ai/ideogram-v3-turbo': ideogram,
  'ideogram-ai/ideogram-v3-balanced': ideogram,
  'ideogram-ai/ideogram-v3-quality': ideogram,
  'recraft-ai/recraft-v3': { size: 'size', style: 'style', options: [] },
  'recraft-ai/recraft-crisp-upscale': tool,
  'bria/remove-background': tool,
};

/** Every model has these. */
export const EVERYWHERE = ['input', 'webhook', 'webhook_events_filter', 'wait', 'cancel_after'] as const;

/** The models that have a row. */
export const listedInputs: readonly string[] = Object.keys(INPUTS);

/** @returns `undefined` for a model without a card: its inputs are the caller's, under `options.input` */
export const inputsOf = (model: string): Inputs | undefined =>
  Object.hasOwn(INPUTS, model) ? INPUTS[model] : undefined;
