/**
 * Model cards of the platform's models and services. The API has no model list, so the id of a service is the last part of its route.
 * Sources: OpenAPI of the platform as generated into `Comfy-Org/ComfyUI`; prices from stability.ai, "API price update" (2025-07-09), confirmed
 * by a third party on 2026-07-09. One credit is one cent.
 */
import {
  CORE_RATIOS,
  MEGAPIXEL_RATIOS,
  STABILITY_INPUT,
  STABILITY_PROMPT_LENGTH,
  STABILITY_SEED,
  STYLE_PRESETS,
} from '../kit/families/stability.ts';
import { modelSegment } from '../kit/index.ts';
import type { ModelCard, Operation, Pricing } from '../protocol/index.ts';

const SOURCE = 'OpenAPI of the platform, as generated into Comfy-Org/ComfyUI (2026)';

const credits = (count: number): Pricing => ({
  images: [{ usd: count / 100 }],
  asOf: '2026-07-09',
  source: 'stability.ai, "API price update" (2025-07-09); a confirmation of 2026-07-09 comes from a third-party source',
});

const common = {
  seed: STABILITY_SEED,
  maxImages: 1,
  maxPromptLength: STABILITY_PROMPT_LENGTH,
  source: SOURCE,
} as const satisfies Partial<ModelCard>;

const words = { negativePrompt: { maxLength: STABILITY_PROMPT_LENGTH }, styles: STYLE_PRESETS } as const;
const anyFormat = ['png', 'jpeg', 'webp'] as const;
const input = {
  maxInputs: 1,
  maxInputBytes: 10 * 1024 * 1024,
  inputFormats: anyFormat,
  inputBounds: STABILITY_INPUT,
} as const;

/** The result has the aspect ratio of the input image. */
const fromImage = { ...input, operations: ['edit'], differs: { edit: { sizes: { kind: 'none' } } } } as const;

const drawn = {
  ...common,
  ...words,
  sizes: { kind: 'ratios', ratios: MEGAPIXEL_RATIOS },
  formats: anyFormat,
} as const satisfies Partial<ModelCard>;
/** Without WebP: the vendor's own nodes offer it, and its OpenAPI document does not. */
const sd35 = { ...drawn, formats: ['png', 'jpeg'], edit: fromImage } as const satisfies Partial<ModelCard>;

/** A service that edits images; each card below removes what the service lacks. */
const service = (operation: Operation) =>
  ({
    ...common,
    editsOnly: true,
    sizes: { kind: 'none' },
    formats: anyFormat,
    edit: { ...input, operations: [operation] },
  }) as const;
const { seed: _, ...unseeded } = common;
const masked = { mask: { convention: 'white-repaints' } } as const;

/** Since then the later models answer under the old ids. */
const retired = (title: string, successor: string): ModelCard => ({
  ...sd35,
  title,
  shutdown: '2025-04-17',
  successor,
});

export const models = {
  'stable-image-ultra': { ...drawn, title: 'Stable Image Ultra', edit: fromImage, pricing: credits(8) },
  'stable-image-core': {
    ...drawn,
    title: 'Stable Image Core',
    sizes: { kind: 'ratios', ratios: CORE_RATIOS, areNominal: true },
    pricing: credits(3),
  },
  'sd3.5-large': { ...sd35, title: 'Stable Diffusion 3.5 Large', pricing: credits(6.5) },
  'sd3.5-large-turbo': { ...sd35, title: 'Stable Diffusion 3.5 Large Turbo', pricing: credits(4) },
  'sd3.5-medium': { ...sd35, title: 'Stable Diffusion 3.5 Medium', pricing: credits(3.5) },
  /** Missing from the OpenAPI document; a proxy of this API serves it, with the fields of the other SD 3.5 models and only PNG. */
  'sd3.5-flash': {
    ...sd35,
    title: 'Stable Diffusion 3.5 Flash',
    formats: ['png'],
    pricing: credits(2.5),
    source:
      'https://docs.comfy.org/development/comfy-router/models/stability/sd3-5-flash/code (2026-11, from a third party)',
  },

  inpaint: {
    ...service('inpaint'),
    ...words,
    title: 'Inpaint: repaints the masked area',
    edit: { ...input, ...masked, operations: ['inpaint'] },
    pricing: credits(5),
  },
  erase: {
    ...service('erase'),
    title: 'Erase: removes the masked object',
    maxPromptLength: 0,
    edit: { ...input, ...masked, operations: ['erase'] },
    pricing: credits(5),
  },
  outpaint: {
    ...service('outpaint'),
    title: 'Outpaint: extends the image',
    promptIsOptional: true,
    styles: STYLE_PRESETS,
    pricing: credits(4),
  },
  'search-and-replace': { ...service('edit'), ...words, title: 'Search and replace', pricing: credits(5) },
  'search-and-recolor': { ...service('edit'), ...words, title: 'Search and recolor', pricing: credits(5) },
  'remove-background': {
    ...unseeded,
    title: 'Remove background',
    editsOnly: true,
    maxPromptLength: 0,
    sizes: { kind: 'none' },
    formats: ['png', 'webp'],
    edit: {
      ...input,
      operations: ['remove-background'],
      inputBounds: { ...STABILITY_INPUT, maxPixels: 4_194_304 },
    },
    pricing: credits(5),
  },
  /** A job. Background and light reference images are not supported here. */
  'replace-background-and-relight': {
    ...service('edit'),
    title: 'Replace background and relight',
    negativePrompt: words.negativePrompt,
    pricing: credits(8),
  },
  sketch: { ...service('edit'), ...words, title: 'Sketch to image', pricing: credits(5) },
  structure: { ...service('edit'), ...words, title: 'Structure: keeps the structure of an image', pricing: credits(5) },
  style: {
    ...service('edit'),
    ...words,
    title: 'Style guide: keeps the style of an image',
    sizes: { kind: 'ratios', ratios: MEGAPIXEL_RATIOS, areNominal: true },
    pricing: credits(5),
  },
  'style-transfer': {
    ...service('edit'),
    title: 'Style transfer: gives the first image the style of the second',
    promptIsOptional: true,
    negativePrompt: words.negativePrompt,
    edit: { ...input, operations: ['edit'], maxInputs: 2 },
    pricing: credits(8),
  },
  'upscale-fast': {
    ...unseeded,
    title: 'Fast upscale: four times',
    editsOnly: true,
    maxPromptLength: 0,
    sizes: { kind: 'none' },
    formats: anyFormat,
    edit: {
      ...input,
      operations: ['upscale'],
      inputBounds: { minEdge: 32, maxEdge: 1536, minPixels: 1_024, maxPixels: 1_048_576 },
    },
    pricing: credits(2),
  },
  'upscale-conservative': {
    ...service('upscale'),
    title: 'Conservative upscale: to about four megapixels',
    negativePrompt: words.negativePrompt,
    pricing: credits(40),
  },
  /** A job. */
  'upscale-creative': {
    ...service('upscale'),
    ...words,
    title: 'Creative upscale: adds detail',
    edit: { ...input, operations: ['upscale'], inputBounds: { ...STABILITY_INPUT, maxPixels: 1_048_576 } },
    pricing: credits(60),
  },

  'sd3-large': retired('Stable Diffusion 3 Large', 'sd3.5-large'),
  'sd3-large-turbo': retired('Stable Diffusion 3 Large Turbo', 'sd3.5-large-turbo'),
  'sd3-medium': retired('Stable Diffusion 3 Medium', 'sd3.5-medium'),
} as const satisfies Record<string, ModelCard>;

export const defaultModel = 'sd3.5-large';
/** The models that `model: 'best'` and `model: 'light'` select. */
export const tiers = { best: 'stable-image-ultra', light: 'stable-image-core' } as const;
export const defaultModels = {
  inpaint: 'inpaint',
  erase: 'erase',
  outpaint: 'outpaint',
  'remove-background': 'remove-background',
  upscale: 'upscale-fast',
} as const satisfies Partial<Record<Operation, string>>;

/** These answer with a job. */
export const JOBS: readonly string[] = ['replace-background-and-relight', 'upscale-creative'];

const EDITS: readonly string[] = [
  ...['inpaint', 'erase', 'outpaint', 'search-and-replace', 'search-and-recolor', 'remove-background'],
  'replace-background-and-relight',
];
const CONTROLS: readonly string[] = ['sketch', 'structure', 'style', 'style-transfer'];

/** Returns the path below `v2beta/stable-image/`. A model without a card counts as an SD model, whose route takes the model id. */
export function routeOf(model: string): string {
  if (EDITS.includes(model)) return `edit/${model}`;
  if (CONTROLS.includes(model)) return `control/${model}`;
  if (model.startsWith('upscale-')) return `upscale/${modelSegment(model.slice('upscale-'.length))}`;
  return `generate/${/^stable-image-(ultra|core)$/.exec(model)?.[1] ?? 'sd3'}`;
}
