/**
 * The input names of each listed model. Source: their schema pages, from third-party sources. The lookup before each submit reads the model's own schema and
 * refuses a name that is wrong here.
 */
import { findInputs } from '../kit/families/model-inputs.ts';
import type { ReplicateOptions } from './wire.ts';

/** How a model names its inputs. Each card of `models.ts` has a row; a test compares the two lists. */
export interface ReplicateInputs {
  /** `custom`: pixels beside `aspect_ratio: 'custom'`; `size custom`: beside `size: 'custom'`. */
  readonly size: 'aspect_ratio' | 'custom' | 'size custom' | 'size' | 'none';
  readonly n?: 'num_outputs';
  readonly images?: 'images' | 'input_images' | 'image_input' | 'input_image' | 'image';
  readonly style?: 'style' | 'style_type';
  /** The field for the tier, which sets the number of pixels at the same aspect ratio. */
  readonly tier?: 'resolution';
  readonly quality?: 'quality';
  /** Options in addition to `COMMON_OPTIONS`. */
  readonly options: readonly (keyof ReplicateOptions)[];
}

const flux = ['num_inference_steps', 'go_fast', 'megapixels', 'output_quality', 'disable_safety_checker'] as const;
const banana: ReplicateInputs = { size: 'aspect_ratio', images: 'image_input', options: ['safety_filter_level'] };
const bananaTiers: ReplicateInputs = { ...banana, tier: 'resolution' };
const flux2: ReplicateInputs = {
  size: 'aspect_ratio',
  images: 'input_images',
  options: ['output_quality', 'resolution'],
};
const ideogram: ReplicateInputs = {
  size: 'aspect_ratio',
  images: 'image',
  style: 'style_type',
  options: ['magic_prompt_option', 'style_preset', 'resolution'],
};
const tool: ReplicateInputs = { size: 'none', images: 'image', options: [] };

const INPUTS: Readonly<Record<string, ReplicateInputs>> = {
  'black-forest-labs/flux-schnell': { size: 'aspect_ratio', n: 'num_outputs', options: flux },
  'black-forest-labs/flux-dev': {
    size: 'aspect_ratio',
    n: 'num_outputs',
    images: 'image',
    options: [...flux, 'guidance', 'prompt_strength'],
  },
  'black-forest-labs/flux-1.1-pro': { size: 'custom', options: ['prompt_upsampling', 'output_quality'] },
  'black-forest-labs/flux-1.1-pro-ultra': { size: 'aspect_ratio', options: ['raw'] },
  'black-forest-labs/flux-kontext-pro': {
    size: 'aspect_ratio',
    images: 'input_image',
    options: ['prompt_upsampling'],
  },
  'black-forest-labs/flux-kontext-max': {
    size: 'aspect_ratio',
    images: 'input_image',
    options: ['prompt_upsampling'],
  },
  'black-forest-labs/flux-2-pro': flux2,
  'black-forest-labs/flux-2-max': flux2,
  'black-forest-labs/flux-3-image': {
    size: 'aspect_ratio',
    tier: 'resolution',
    images: 'images',
    options: ['grounding', 'output_quality'],
  },
  'google/nano-banana': banana,
  'google/nano-banana-2': bananaTiers,
  'google/nano-banana-pro': bananaTiers,
  'xai/grok-imagine-image-2': { size: 'aspect_ratio', tier: 'resolution', quality: 'quality', options: [] },
  'bytedance/seedream-4.5': { size: 'size custom', images: 'image_input', options: [] },
  'ideogram-ai/ideogram-v3-turbo': ideogram,
  'ideogram-ai/ideogram-v3-balanced': ideogram,
  'ideogram-ai/ideogram-v3-quality': ideogram,
  'recraft-ai/recraft-v3': { size: 'size', style: 'style', options: [] },
  'recraft-ai/recraft-crisp-upscale': tool,
  'bria/remove-background': tool,
};

/** Options that every model has. */
export const COMMON_OPTIONS = ['input', 'webhook', 'webhook_events_filter', 'wait', 'cancel_after'] as const;

/** The models that have a row. */
export const listedInputs: readonly string[] = Object.keys(INPUTS);

/** Returns `undefined` for a model without a card: the caller names its inputs, under `options.input`. */
export const inputsOf = (model: string): ReplicateInputs | undefined => findInputs(INPUTS, model);
