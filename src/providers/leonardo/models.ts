/**
 * Model cards of Leonardo's models on REST v2, and of other makers' models with published limits. Any other id passes with a warning.
 * Leonardo publishes no prices per model; the response reports the cost.
 * Source: docs.leonardo.ai, "Lucid Origin", "Phoenix", "Nano Banana 2 Lite" (2026-07), "Generate Images Using FLUX.2 Pro"; for Lucid Realism
 * GitHub `cluely/unmodel`, read from the OpenAPI document there (2026-08-13). Later cards name their guide. A guide for Recraft was not found.
 */
import type { ModelCard, SizeRule } from '../protocol/index.ts';
import { bananaStyles, lucidOriginStyles, lucidRealismStyles, makerStyles, phoenixStyles } from './styles.ts';

const SOURCE = 'docs.leonardo.ai, model guides (2026-07)';

/** Any size in multiples of eight. */
const pixels = (minEdge: number, maxEdge: number, maxPixels = maxEdge * maxEdge): SizeRule => ({
  kind: 'free',
  multipleOf: 8,
  minEdge,
  maxEdge,
  minPixels: minEdge * minEdge,
  maxPixels,
  maxRatio: maxEdge / minEdge,
});

const common = {
  maxPromptLength: 2000,
  /** The vendor chooses the format: usually JPEG, for some models PNG. */
  formats: ['jpeg', 'png'],
  formatIsFixed: true,
  source: SOURCE,
} as const satisfies Partial<ModelCard>;

const inputs = {
  operations: ['edit'],
  maxInputs: 1,
  /** Not published; this is the limit of the vendor's app. */
  maxInputBytes: 20 * 1024 * 1024,
  inputFormats: ['png', 'jpeg', 'webp'],
} as const satisfies NonNullable<ModelCard['edit']>;

const own = {
  ...common,
  maxImages: 8,
  seed: { min: 0, max: 2_147_483_647 },
  edit: inputs,
} as const satisfies Partial<ModelCard>;

const phoenix = {
  ...own,
  sizes: pixels(32, 2048),
  negativePrompt: { maxLength: 1000 },
  styles: phoenixStyles,
  qualities: { draft: 'FAST', standard: 'QUALITY', hd: 'ULTRA' },
  /** Up to four when only the style is used; see `check.ts`. */
  edit: { ...inputs, maxInputs: 4 },
} as const satisfies Partial<ModelCard>;

const GUIDES = 'https://docs.leonardo.ai/docs';
const seed31 = { min: 0, max: 2_147_483_647 } as const;
/** The vendor accepts other pairs of these numbers, and generates 1:1 for them. */
const bananaSizes = {
  kind: 'ratios',
  ratios: {
    '1:1': '1024x1024',
    '2:3': '848x1264',
    '3:2': '1264x848',
    '3:4': '896x1200',
    '4:3': '1200x896',
    '4:5': '928x1152',
    '5:4': '1152x928',
    '9:16': '768x1376',
    '16:9': '1376x768',
    '21:9': '1584x672',
  },
} as const satisfies SizeRule;
const enlarged = (factor: number): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(bananaSizes.ratios).map(([ratio, size]) => [
      ratio,
      size
        .split('x')
        .map((edge) => Number(edge) * factor)
        .join('x'),
    ]),
  );
const banana = {
  ...common,
  maxImages: 8,
  sizes: { ...bananaSizes, tiers: { '1K': bananaSizes.ratios, '2K': enlarged(2), '4K': enlarged(4) } },
  seed: seed31,
  styles: bananaStyles,
} as const satisfies Partial<ModelCard>;
const gptQualities = { qualities: { draft: 'LOW', standard: 'MEDIUM', hd: 'HIGH' } } as const;

const lucidQualities = { qualities: { draft: 'FAST', hd: 'ULTRA' } } as const;

export const models = {
  'lucid-origin': {
    ...own,
    ...lucidQualities,
    title: 'Lucid Origin',
    /** Up to 3840 wide and 3616 high. */
    sizes: pixels(16, 3840, 3840 * 3616),
    styles: lucidOriginStyles,
  },
  'lucid-realism': {
    ...own,
    ...lucidQualities,
    title: 'Lucid Realism',
    sizes: pixels(16, 2496),
    maxPromptLength: 9999,
    styles: lucidRealismStyles,
    source: 'GitHub cluely/unmodel (2026-08-13)',
  },
  'phoenix-v1.0': { ...phoenix, title: 'Phoenix 1.0' },
  'phoenix-v0.9': { ...phoenix, title: 'Phoenix 0.9' },
  'flux-pro-2.0': {
    ...common,
    title: 'FLUX.2 Pro, by Black Forest Labs',
    /** The maximum number of images is not published. */
    maxImages: 1,
    sizes: pixels(256, 1440),
    seed: { min: 0, max: 4_294_967_295 },
    edit: { ...inputs, maxInputs: 4 },
  },
  'nano-banana-2-lite': {
    ...common,
    title: 'Nano Banana 2 Lite, by Google',
    maxImages: 8,
    /** The published widths and heights, in the pairs of Google's own model. */
    sizes: bananaSizes,
    seed: { min: 0, max: 2_147_483_647 },
    styles: bananaStyles,
    edit: { ...inputs, maxInputs: 6 },
  },
  'nano-banana-2': {
    ...banana,
    title: 'Nano Banana 2, by Google',
    edit: { ...inputs, maxInputs: 6 },
    source: `${GUIDES}/nano-banana-2 (2026-03)`,
  },
  'google/nano-banana-2.1': {
    ...banana,
    title: 'Nano Banana 2.1, by Google',
    edit: { ...inputs, maxInputs: 14 },
    source: `${GUIDES}/nano-banana-21 (2026-11); sizes are taken from Nano Banana 2 (unverified)`,
  },
  'gpt-image-2': {
    ...common,
    ...gptQualities,
    title: 'GPT Image 2, by OpenAI',
    maxImages: 8,
    sizes: {
      kind: 'free',
      multipleOf: 16,
      minEdge: 16,
      maxEdge: 3824,
      minPixels: 655_360,
      maxPixels: 8_294_400,
      maxRatio: 3,
    },
    edit: { ...inputs, maxInputs: 6 },
    source: `${GUIDES}/gpt-image-2 (2026-07)`,
  },
  /** OpenAI shuts it down on 2026-12-01; Leonardo has not said what happens then. */
  'gpt-image-1.5': {
    ...common,
    ...gptQualities,
    title: 'GPT Image 1.5, by OpenAI',
    deprecated: '2026-06-02',
    successor: 'gpt-image-2',
    /** The maximum number of images is not published. */
    maxImages: 1,
    sizes: { kind: 'list', sizes: ['1024x1024', '1024x1536', '1536x1024'] },
    seed: { min: 0, max: 4_294_967_295 },
    edit: { ...inputs, maxInputs: 6 },
    source: `${GUIDES}/gpt-image-1-5 (2026-06)`,
  },
  'ideogram-v3.0': {
    ...common,
    title: 'Ideogram 3.0',
    /** The maximum number of images is not published, nor is any other size. */
    maxImages: 1,
    sizes: { kind: 'list', sizes: ['1024x1024'] },
    seed: seed31,
    /** From the guide's table; its example uses another name. */
    qualities: { draft: 'TURBO', standard: 'BALANCED', hd: 'QUALITY' },
    styles: makerStyles,
    source: `${GUIDES}/ideogram-30 (2026-06)`,
  },
  'microsoft/mai-image-2.7': {
    ...common,
    title: 'MAI-Image-2.7, by Microsoft',
    maxImages: 1,
    sizes: {
      kind: 'free',
      multipleOf: 16,
      minEdge: 768,
      maxEdge: 5456,
      minPixels: 589_824,
      maxPixels: 4_194_304,
      maxRatio: 7,
    },
    edit: { ...inputs, maxInputs: 5 },
    source: 'docs.leonardo.ai, guide (2026-11); sizes are those of the model at fal.ai (unverified)',
  },
  'seedream-4.0': {
    ...common,
    title: 'Seedream 4.0, by ByteDance',
    maxImages: 1,
    /** The guide says 1440 and shows 1920x1080. */
    sizes: pixels(256, 1920),
    seed: seed31,
    styles: makerStyles,
    edit: { ...inputs, maxInputs: 6 },
    source: `${GUIDES}/seedream-4-0 (2026-01)`,
  },
  'universal-upscaler': {
    ...common,
    title: 'Universal Upscaler',
    maxImages: 1,
    sizes: { kind: 'none' },
    editsOnly: true,
    promptIsOptional: true,
    edit: { ...inputs, operations: ['upscale'] },
    source: 'OpenAPI document of REST v1 (2026-05-21)',
  },
} as const satisfies Record<string, ModelCard>;

export const defaultModel = 'lucid-origin';
/** The models that `model: 'best'` and `model: 'light'` select. */
export const tiers = { best: 'lucid-origin', light: 'phoenix-v0.9' } as const;

/** The vendor's names for the ways to use an input image. The first is the default for `edit`. */
export const guidancesOf = (model: string): readonly [string, ...string[]] => {
  if (model.startsWith('phoenix')) return ['image_to_image', 'content', 'style', 'character'];
  return model.startsWith('lucid') ? ['content', 'style'] : ['image_reference'];
};

export const isUpscaler = (model: string): boolean => model === 'universal-upscaler';

/** The name of the quality field: `mode` fails for these models since 2026-05-04. Source: https://docs.leonardo.ai/docs/deprecations-changes. */
export const qualityFieldOf = (model: string): 'quality' | 'mode' =>
  /^(?:gpt-image|ideogram)|\//.test(model) ? 'quality' : 'mode';

/** These models choose the strength themselves. */
export const takesStrength = (model: string): boolean =>
  !['gpt-image-2', 'google/nano-banana-2.1', 'microsoft/mai-image-2.7'].includes(model);
