/**
 * The image models on Bedrock: those of Stability AI. Amazon's own models ended in 2026 and are refused by name.
 * Sources: Amazon Bedrock user guide, pages of the models; `firebase/genkit` PR 6011 (2026-08-11, tested live by its author); prices from third-party sources, not verified.
 */
import {
  CORE_RATIOS,
  MEGAPIXEL_RATIOS,
  STABILITY_INPUT,
  STABILITY_PROMPT_LENGTH,
  STYLE_PRESETS,
} from '../kit/families/stability.ts';
import type { ModelCard, Operation, Pricing } from '../protocol/index.ts';

const SOURCE = 'Amazon Bedrock user guide; firebase/genkit PR 6011 (2026-08-11)';

const price = (usd: number, source = 'stdapi.ai, issue 93 (2026-07-29), from third-party sources'): Pricing => ({
  images: [{ usd }],
  asOf: '2026-07-29',
  source,
});

const words = { negativePrompt: { maxLength: STABILITY_PROMPT_LENGTH } } as const;
const common = {
  /** The vendor reads 0 as "random". */
  seed: { min: 1, max: 4_294_967_294 },
  maxImages: 1,
  maxPromptLength: STABILITY_PROMPT_LENGTH,
  source: SOURCE,
} as const satisfies Partial<ModelCard>;
const { seed: _, ...unseeded } = common;

/** Only one community source lists WebP. */
const generateOnly = {
  ...common,
  seed: { min: 1, max: 4_294_967_295 },
  ...words,
  sizes: { kind: 'ratios', ratios: MEGAPIXEL_RATIOS },
  formats: ['png', 'jpeg'],
} as const satisfies Partial<ModelCard>;

const input = {
  maxInputs: 1,
  /** An invocation may have 25 MB of JSON, and base64 makes an image a third larger. */
  maxInputBytes: 10 * 1024 * 1024,
  inputFormats: ['png', 'jpeg', 'webp'],
  inputBounds: STABILITY_INPUT,
} as const;

const service = (operation: Operation) =>
  ({
    ...common,
    editsOnly: true,
    sizes: { kind: 'none' },
    formats: ['png', 'jpeg', 'webp'],
    edit: { ...input, operations: [operation] },
  }) as const;
const styled = { ...words, styles: STYLE_PRESETS } as const;
const wordless = { maxPromptLength: 0 } as const;
const masked = { mask: { convention: 'white-repaints' } } as const;

const ULTRA = 'stability.stable-image-ultra-v1:1';
const CORE = 'stability.stable-image-core-v1:1';
const SD35 = 'stability.sd3-5-large-v1:0';

/** @param shutdown from https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html (2026-11-28), unless noted otherwise */
const ended = (title: string, shutdown: string, successor = CORE): ModelCard => ({
  ...generateOnly,
  title,
  shutdown,
  successor,
});

export const models = {
  [SD35]: {
    ...generateOnly,
    title: 'Stable Diffusion 3.5 Large',
    edit: { ...input, operations: ['edit'], differs: { edit: { sizes: { kind: 'none' } } } },
    pricing: price(0.08),
  },
  [CORE]: {
    ...generateOnly,
    title: 'Stable Image Core',
    sizes: { kind: 'ratios', ratios: CORE_RATIOS, areNominal: true },
    pricing: price(0.04),
  },
  [ULTRA]: {
    ...generateOnly,
    title: 'Stable Image Ultra',
    pricing: price(0.14, 'an older price list of AWS; another source says 0.08 (unverified)'),
  },

  'us.stability.stable-image-inpaint-v1:0': {
    ...service('inpaint'),
    ...styled,
    title: 'Inpaint: repaints the masked area',
    edit: { ...input, ...masked, operations: ['inpaint'] },
    pricing: price(0.07),
  },
  'us.stability.stable-image-erase-object-v1:0': {
    ...service('erase'),
    ...wordless,
    title: 'Erase: removes the masked object',
    edit: { ...input, ...masked, operations: ['erase'] },
  },
  'us.stability.stable-outpaint-v1:0': {
    ...service('outpaint'),
    ...styled,
    title: 'Outpaint: extends the image',
    promptIsOptional: true,
  },
  'us.stability.stable-image-search-replace-v1:0': { ...service('edit'), ...styled, title: 'Search and replace' },
  'us.stability.stable-image-search-recolor-v1:0': {
    ...service('edit'),
    ...styled,
    title: 'Search and recolor',
  },
  'us.stability.stable-image-remove-background-v1:0': {
    ...unseeded,
    ...wordless,
    title: 'Remove background',
    editsOnly: true,
    sizes: { kind: 'none' },
    formats: ['png', 'webp'],
    edit: { ...input, operations: ['remove-background'] },
  },
  'us.stability.stable-image-control-sketch-v1:0': {
    ...service('edit'),
    ...styled,
    title: 'Sketch to image',
  },
  'us.stability.stable-image-control-structure-v1:0': {
    ...service('edit'),
    ...styled,
    title: 'Structure: keeps the structure of an image',
  },
  'us.stability.stable-image-style-guide-v1:0': {
    ...service('edit'),
    ...styled,
    title: 'Style guide: keeps the style of an image',
    sizes: { kind: 'ratios', ratios: MEGAPIXEL_RATIOS, areNominal: true },
  },
  'us.stability.stable-style-transfer-v1:0': {
    ...service('edit'),
    ...words,
    title: 'Style transfer: gives the first image the style of the second',
    promptIsOptional: true,
    edit: { ...input, operations: ['edit'], maxInputs: 2 },
  },
  /** Answers directly here; on Stability's own platform it is a job. */
  'us.stability.stable-creative-upscale-v1:0': {
    ...service('upscale'),
    ...styled,
    title: 'Creative upscale: adds detail',
  },
  'us.stability.stable-conservative-upscale-v1:0': {
    ...service('upscale'),
    ...words,
    title: 'Conservative upscale: keeps the image',
  },
  'us.stability.stable-fast-upscale-v1:0': {
    ...unseeded,
    ...wordless,
    title: 'Fast upscale: four times',
    editsOnly: true,
    sizes: { kind: 'none' },
    formats: ['png', 'jpeg', 'webp'],
    edit: { ...input, operations: ['upscale'] },
    pricing: price(0.03),
  },

  'amazon.nova-canvas-v1:0': ended('Amazon Nova Canvas', '2026-09-30'),
  'amazon.titan-image-generator-v2:0': ended('Amazon Titan Image Generator v2', '2026-06-30'),
  /** A common name for it; the API never accepted this id. */
  titan: ended('Amazon Titan Image Generator', '2026-06-30'),
  /** Ended before the second version; the date is not published. */
  'amazon.titan-image-generator-v1': ended('Amazon Titan Image Generator', '2026-06-30'),
  /** Their end dates are no longer published. 2026-08-11 is the date of a report that they had ended, so the real date is earlier. */
  'stability.stable-image-ultra-v1:0': ended('Stable Image Ultra, first version', '2026-08-11', ULTRA),
  'stability.stable-image-core-v1:0': ended('Stable Image Core, first version', '2026-08-11', CORE),
  'stability.sd3-large-v1:0': ended('Stable Diffusion 3 Large', '2026-08-11', SD35),
  'stability.stable-diffusion-xl-v1': ended('Stable Diffusion XL', '2026-08-11', SD35),
} as const satisfies Record<string, ModelCard>;

/** May end: AWS announced, without a date, that it phases out Stability's models except the image services (2026-11-28). */
export const defaultModel = SD35;
/** The models that `model: 'best'` and `model: 'light'` select. */
export const tiers = { best: 'stability.stable-image-ultra-v1:1', light: 'stability.stable-image-core-v1:1' } as const;
export const defaultModels = {
  inpaint: 'us.stability.stable-image-inpaint-v1:0',
  erase: 'us.stability.stable-image-erase-object-v1:0',
  outpaint: 'us.stability.stable-outpaint-v1:0',
  'remove-background': 'us.stability.stable-image-remove-background-v1:0',
  upscale: 'us.stability.stable-fast-upscale-v1:0',
} as const satisfies Partial<Record<Operation, string>>;

const SERVICE_REGIONS = ['us-east-1', 'us-east-2', 'us-west-2'] as const;
const TEXT_REGIONS = ['us-west-2'] as const;

/** Returns the regions that serve a model; `undefined` for a model without a card, e.g. the customer's own ARN. */
export function regionsOf(model: string): readonly string[] | undefined {
  if (!Object.hasOwn(models, model)) return undefined;
  return model.startsWith('us.') ? SERVICE_REGIONS : TEXT_REGIONS;
}

/** Returns the service's name in a model id: `us.stability.stable-image-erase-object-v1:0` gives `erase-object`. */
export const serviceOf = (model: string): string =>
  /^us\.stability\.stable-(?:image-)?(.+)-v\d+:\d+$/.exec(model)?.[1] ?? '';
