/**
 * Model cards of well-known image models of the Hub; any other `owner/name` passes with a warning. The lookup before the submit finds the host.
 * Sizes, seeds and limits differ by host, and no host publishes them for the router: the cards hold what the models are known to support
 * (unverified).
 */
import type { ModelCard } from '../protocol/index.ts';

const SOURCE = 'model pages of huggingface.co, from third-party sources (2026-11); limits unverified';

const common = {
  sizes: {
    kind: 'free',
    multipleOf: 16,
    minEdge: 256,
    maxEdge: 2048,
    minPixels: 65_536,
    maxPixels: 4_194_304,
    maxRatio: 8,
  },
  formats: ['png', 'jpeg', 'webp'],
  formatIsFixed: true,
  /** Only some hosts generate several images per request; separate requests cost the same. */
  maxImages: 1,
  seed: { min: 0, max: 4_294_967_295 },
  /** No limit is published; a longer prompt is likely a mistake. */
  maxPromptLength: 32_000,
  source: SOURCE,
} as const satisfies Partial<ModelCard>;

const edit = {
  operations: ['edit'],
  maxInputs: 1,
  maxInputBytes: 8 * 1024 * 1024,
  inputFormats: ['png', 'jpeg', 'webp'],
} as const satisfies ModelCard['edit'];
const editor = { ...common, editsOnly: true, edit } as const;
const negativePrompt = { maxLength: 32_000 } as const;

export const models = {
  'black-forest-labs/FLUX.1-dev': { ...common, title: 'FLUX.1 [dev]' },
  'black-forest-labs/FLUX.1-schnell': { ...common, title: 'FLUX.1 [schnell]' },
  'black-forest-labs/FLUX.1-Krea-dev': { ...common, title: 'FLUX.1 Krea [dev]' },
  'black-forest-labs/FLUX.1-Kontext-dev': { ...editor, title: 'FLUX.1 Kontext [dev]' },
  'black-forest-labs/FLUX.2-dev': { ...common, title: 'FLUX.2 [dev]', edit },
  'Qwen/Qwen-Image': { ...common, title: 'Qwen-Image', negativePrompt },
  'Qwen/Qwen-Image-Edit': { ...editor, title: 'Qwen-Image-Edit', negativePrompt },
  'stabilityai/stable-diffusion-xl-base-1.0': { ...common, title: 'Stable Diffusion XL 1.0', negativePrompt },
  'zai-org/GLM-Image': { ...common, title: 'GLM-Image' },
} as const satisfies Readonly<Record<string, ModelCard>>;

export const defaultModel = 'black-forest-labs/FLUX.1-dev';
/** The models that `model: 'best'` and `model: 'light'` select. */
export const tiers = { best: 'black-forest-labs/FLUX.2-dev', light: 'black-forest-labs/FLUX.1-schnell' } as const;
export const defaultModels = { edit: 'black-forest-labs/FLUX.1-Kontext-dev' } as const;
