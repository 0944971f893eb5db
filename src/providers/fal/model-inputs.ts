/** The input names of each listed model: models name the same input differently. Sources: generated types of npm `@fal-ai/client` 1.10.1; pages of later models. */
import { findInputs } from '../kit/families/model-inputs.ts';
import type { FalOptions } from './wire.ts';

/** How a model names its inputs. Each card of `models.ts` has a row; a test compares the two lists. */
export interface FalInputs {
  /** The field for the size or the aspect ratio. */
  readonly size: 'image_size' | 'aspect_ratio' | 'none';
  readonly n?: 'num_images';
  readonly images?: 'image_url' | 'image_urls';
  readonly quality?: 'rendering_speed';
  /** Takes its safety level as a number. */
  readonly hasNumericSafety?: true;
  /** Options in addition to `COMMON_OPTIONS`. */
  readonly options: readonly (keyof FalOptions)[];
}

const checker = ['enable_safety_checker'] as const;
const sampling = ['num_inference_steps', 'guidance_scale', 'acceleration'] as const;
const banana = ['thinking_level', 'enable_web_search', 'limit_generations', 'system_prompt'] as const;
const bananaPro = ['enable_web_search', 'limit_generations', 'system_prompt'] as const;

const flux3: FalInputs = { size: 'aspect_ratio', hasNumericSafety: true, options: ['enable_prompt_expansion'] };

const INPUTS: Readonly<Record<string, FalInputs>> = {
  'fal-ai/flux/schnell': { size: 'image_size', n: 'num_images', options: [...checker, ...sampling] },
  'fal-ai/flux/dev': { size: 'image_size', n: 'num_images', options: [...checker, ...sampling] },
  'fal-ai/flux-pro/v1.1-ultra': {
    size: 'aspect_ratio',
    n: 'num_images',
    options: ['raw', 'image_url', 'image_prompt_strength', 'enhance_prompt'],
  },
  'fal-ai/flux-2': {
    size: 'image_size',
    n: 'num_images',
    options: [...checker, ...sampling, 'enable_prompt_expansion'],
  },
  'fal-ai/flux-2-pro': { size: 'image_size', options: checker },
  'fal-ai/flux-2-pro/edit': { size: 'image_size', images: 'image_urls', options: checker },
  'fal-ai/flux-2-max': { size: 'image_size', options: checker },
  'blackforestlabs/flux-3/text-to-image': flux3,
  'blackforestlabs/flux-3/edit-image': { ...flux3, images: 'image_urls' },
  'fal-ai/flux-pro/kontext': {
    size: 'aspect_ratio',
    n: 'num_images',
    images: 'image_url',
    options: ['guidance_scale', 'enhance_prompt'],
  },
  'fal-ai/nano-banana-2': { size: 'aspect_ratio', n: 'num_images', options: banana },
  'fal-ai/nano-banana-2/edit': { size: 'aspect_ratio', n: 'num_images', images: 'image_urls', options: banana },
  'fal-ai/nano-banana-pro': { size: 'aspect_ratio', n: 'num_images', options: bananaPro },
  'fal-ai/nano-banana-pro/edit': { size: 'aspect_ratio', n: 'num_images', images: 'image_urls', options: bananaPro },
  'google/nano-banana-2.1': { size: 'aspect_ratio', n: 'num_images', options: bananaPro },
  'google/nano-banana-2.1/edit': { size: 'aspect_ratio', n: 'num_images', images: 'image_urls', options: bananaPro },
  'microsoft/mai-image-2.7/text-to-image': { size: 'image_size', options: [] },
  'fal-ai/bytedance/seedream/v4.5/text-to-image': { size: 'image_size', n: 'num_images', options: checker },
  'fal-ai/ideogram/v3': {
    size: 'image_size',
    n: 'num_images',
    quality: 'rendering_speed',
    options: ['style_preset', 'style_codes', 'expand_prompt'],
  },
  'fal-ai/recraft/v3/text-to-image': { size: 'image_size', options: [...checker, 'style_id', 'colors'] },
  'fal-ai/birefnet/v2': {
    size: 'none',
    images: 'image_url',
    options: ['model', 'operating_resolution', 'refine_foreground', 'mask_only'],
  },
  'fal-ai/esrgan': { size: 'none', images: 'image_url', options: ['scale', 'model'] },
  'fal-ai/clarity-upscaler': {
    size: 'none',
    images: 'image_url',
    options: [
      'upscale_factor',
      'creativity',
      'resemblance',
      'guidance_scale',
      'num_inference_steps',
      'enable_safety_checker',
    ],
  },
};

/** Options that every model has. */
export const COMMON_OPTIONS = ['webhook_url', 'priority', 'start_timeout_seconds', 'file_lifetime_seconds'] as const;

/** The models that have a row. */
export const listedInputs: readonly string[] = Object.keys(INPUTS);

/** Returns `undefined` for a model without a card: the caller names its inputs, under `options.input`. */
export const inputsOf = (model: string): FalInputs | undefined => findInputs(INPUTS, model);
