/**
 * Models and services of the platform as dated data; the API has no list of them, so the ids of services are the last part of their route.
 * Sources: OpenAPI of the platform as generated into `Comfy-Org/ComfyUI`; prices from stability.ai, "API price update" (2025-07-09), confirmed
 * second-hand on 2026-07-09. One credit is a cent.
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
  source: 'stability.ai, "API price update" (2025-07-09); a confirmation of 2026-07-09 is second-hand',
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

/** From a picture, the shape is the picture's. */
const fromPicture = { ...input, operations: ['edit'], differs: { edit: { sizes: { kind: 'none' } } } } as const;

const drawn = {
  ...common,
  ...words,
  sizes: { kind: 'ratios', ratios: MEGAPIXEL_RATIOS },
  formats: anyFormat,
} as const satisfies Partial<ModelCard>;
/** WebP is offered by the vendor's own nodes and not in its OpenAPI: not here. */
const sd35 = { ...drawn, formats: ['png', 'jpeg'], edit: fromPicture } as const satisfies Partial<ModelCard>;

/** A service that works on pictures; what it lacks is laid over it below. */
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

/** Answered by the later models since then, under the old names. */
const retired = (title: string, successor: string): ModelCard => ({
  ...sd35,
  title,
  shutdown: '2025-04-17',
  successor,
});

export const models = {
  'stable-image-ultra': { ...drawn, title: 'Stable Image Ultra', edit: fromPicture, pricing: credits(8) },
  'stable-image-core': {
    ...drawn,
    title: 'Stable Image Core',
    sizes: { kind: 'ratios', ratios: CORE_RATIOS, areNominal: true },
    pricing: credits(3),
  },
  'sd3.5-large': { ...sd35, title: 'Stable Diffusion 3.5 Large', pricing: credits(6.5) },
  'sd3.5-large-turbo': { ...sd35, title: 'Stable Diffusion 3.5 Large Turbo', pricing: credits(4) },
  'sd3.5-medium': { ...sd35, title: 'Stable Diffusion 3.5 Medium', pricing: credits(3.5) },
  /** Not in the OpenAPI document; a proxy of this API serves it with the fields of the other SD 3.5 models, as PNG only. */
  'sd3.5-flash': {
    ...sd35,
    title: 'Stable Diffusion 3.5 Flash',
    formats: ['png'],
    pricing: credits(2.5),
    source: 'https://docs.comfy.org/development/comfy-router/models/stability/sd3-5-flash/code (2026-11, second-hand)',
  },

  inpaint: {
    ...service('inpaint'),
    ...words,
    title: 'Inpaint: paints what a mask shows anew',
    edit: { ...input, ...masked, operations: ['inpaint'] },
    pricing: credits(5),
  },
  erase: {
    ...service('erase'),
    title: 'Erase: takes away what a mask shows',
    maxPromptLength: 0,
    edit: { ...input, ...masked, operations: ['erase'] },
    pricing: credits(5),
  },
  outpaint: {
    ...service('outpaint'),
    title: 'Outpaint: paints around the picture',
    promptIsOptional: true,
    styles: STYLE_PRESETS,
    pricing: credits(4),
  },
  'search-and-replace': { ...service('edit'), ...words, title: 'Replaces what words name', pricing: credits(5) },
  'search-and-recolor': { ...service('edit'), ...words, title: 'Recolours what words name', pricing: credits(5) },
  'remove-background': {
    ...unseeded,
    title: 'Takes the background away',
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
  /** A job. Pictures of a background or of light are not offered here. */
  'replace-background-and-relight': {
    ...service('edit'),
    title: 'Paints another background, and light to fit',
    negativePrompt: words.negativePrompt,
    pricing: credits(8),
  },
  sketch: { ...service('edit'), ...words, title: 'Turns a sketch into a picture', pricing: credits(5) },
  structure: { ...service('edit'), ...words, title: 'Keeps the structure of a picture', pricing: credits(5) },
  style: {
    ...service('edit'),
    ...words,
    title: 'Keeps the style of a picture',
    sizes: { kind: 'ratios', ratios: MEGAPIXEL_RATIOS, areNominal: true },
    pricing: credits(5),
  },
  'style-transfer': {
    ...service('edit'),
    title: 'Gives the first picture the style of the second',
    promptIsOptional: true,
    negativePrompt: words.negativePrompt,
    edit: { ...input, operations: ['edit'], maxInputs: 2 },
    pricing: credits(8),
  },
  'upscale-fast': {
    ...unseeded,
    title: 'Enlarges fourfold, quickly',
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
    title: 'Enlarges to about four megapixels, true to the picture',
    negativePrompt: words.negativePrompt,
    pricing: credits(40),
  },
  /** A job. */
  'upscale-creative': {
    ...service('upscale'),
    ...words,
    title: 'Enlarges and adds detail',
    edit: { ...input, operations: ['upscale'], inputBounds: { ...STABILITY_INPUT, maxPixels: 1_048_576 } },
    pricing: credits(60),
  },

  'sd3-large': retired('Stable Diffusion 3 Large', 'sd3.5-large'),
  'sd3-large-turbo': retired('Stable Diffusion 3 Large Turbo', 'sd3.5-large-turbo'),
  'sd3-medium': retired('Stable Diffusion 3 Medium', 'sd3.5-medium'),
} as const satisfies Record<string, ModelCard>;

export const defaultModel = 'sd3.5-large';
/** What `model: 'best'` and `model: 'light'` stand for. */
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

/** Below `v2beta/stable-image/`. A model without a card is one of the SD family, whose route takes a model's name. */
export function routeOf(model: string): string {
  if (EDITS.includes(model)) return `edit/${model}`;
  if (CONTROLS.includes(model)) return `control/${model}`;
  if (model.startsWith('upscale-')) return `upscale/${modelSegment(model.slice('upscale-'.length))}`;
  return `generate/${/^stable-image-(ultra|core)$/.exec(model)?.[1] ?? 'sd3'}`;
}
