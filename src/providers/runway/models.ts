/**
 * Model cards of Runway's image models, and of other makers' models that it serves. Each model has a closed list of sizes.
 * Sources: generated types of npm `@runwayml/sdk` 4.20.1 (2026-09-23); OpenAPI document of the API, snapshot 2026-08-08, for prompt
 * lengths; prices in credits from GitHub `runwayml/skills` (2026-04-21) unless noted.
 */
import type { ImagePrice, ModelCard, Pricing } from '../protocol/index.ts';
import {
  gemini3Large,
  gemini4k,
  gemini25,
  geminiFlash,
  gen4Sizes,
  gen4Small,
  gpt4k,
  gptSizes,
  grok2k,
  grokSizes,
  museSizes,
  type Sizes,
  seedream2k,
  seedreamSizes,
} from './sizes.ts';

const SOURCE = 'npm @runwayml/sdk 4.20.1 (2026-09-23)';
export const USD_PER_CREDIT = 0.01;

const credits = (count: number, inputCredits?: number, source = 'GitHub runwayml/skills (2026-04-21)'): Pricing => ({
  images: [{ usd: count * USD_PER_CREDIT }],
  ...(inputCredits !== undefined && { inputUsd: inputCredits * USD_PER_CREDIT }),
  asOf: '2026-11-20',
  source,
});

/** Prices in credits from another source. The submit response reports `estimatedCost`. */
const listed = (
  source: string,
  ...rows: readonly (Omit<ImagePrice, 'usd'> & { readonly credits: number })[]
): Pricing => ({
  images: rows.map(({ credits, ...row }) => ({ ...row, usd: credits * USD_PER_CREDIT })),
  asOf: '2026-11-28',
  source,
});
const CLIENT = 'table of a public client (2026)';
const each = (sizes: readonly string[], credits: number, quality?: string) =>
  sizes.map((size) => ({ size, credits, ...(quality !== undefined && { quality }) }));

const sized = (...sizes: readonly [Sizes, ...(readonly string[])[]]) =>
  ({ kind: 'list', sizes: [sizes[0][0], ...sizes.flat().slice(1)] }) as const;

const free = { maxImages: 1, source: SOURCE } as const satisfies Partial<ModelCard>;
/** The vendor chooses among these. */
const common = { ...free, formats: ['png', 'jpeg'], formatIsFixed: true } as const satisfies Partial<ModelCard>;

/** There is no edit route: input images are references for a generation. Images too large for a data URL are uploaded. */
const references = (maxInputs: number): NonNullable<ModelCard['edit']> => ({
  operations: ['edit'],
  maxInputs,
  maxInputBytes: 16_000_000,
  inputFormats: ['png', 'jpeg', 'webp'],
});

const gen4 = {
  ...common,
  sizes: sized(gen4Sizes, gen4Small),
  maxPromptLength: 1000,
  seed: { min: 0, max: 4_294_967_295 },
  /** How strictly the vendor moderates images of public figures. */
  safety: { strict: 'auto', relaxed: 'low' },
  edit: references(3),
} as const satisfies Partial<ModelCard>;

const gpt = {
  ...common,
  sizes: sized(gptSizes, gpt4k),
  maxPromptLength: 32_000,
  maxImages: 10,
  qualities: { draft: 'low', standard: 'medium', hd: 'high' },
  edit: references(16),
} as const satisfies Partial<ModelCard>;

/** The vendor allows one or four images per request; each image gets its own request here. */
const gemini = { ...common, maxPromptLength: 5500, edit: references(14) } as const satisfies Partial<ModelCard>;

const seedream = { ...free, maxPromptLength: 4000, maxImages: 4, formats: ['png', 'jpeg'] } as const;

export const models = {
  gen4_image: {
    ...gen4,
    title: 'Runway Gen-4 Image',
    pricing: {
      ...credits(8),
      images: [{ usd: 8 * USD_PER_CREDIT }, ...gen4Small.map((size) => ({ size, usd: 5 * USD_PER_CREDIT }))],
    },
  },
  gen4_image_turbo: { ...gen4, title: 'Runway Gen-4 Image Turbo', editsOnly: true, pricing: credits(2) },
  muse_image: {
    ...free,
    title: 'Muse Image',
    sizes: sized(museSizes),
    /** Not published. */
    maxPromptLength: 32_000,
    formats: ['png', 'jpeg', 'webp'],
    edit: references(10),
    pricing: credits(1, undefined, SOURCE),
  },
  gpt_image_2: {
    ...gpt,
    title: 'GPT Image 2',
    backgrounds: ['auto', 'opaque', 'transparent'],
    /** `options.ratio: 'auto'` costs as much as 4K. */
    pricing: listed(
      `${CLIENT}, unverified`,
      { quality: 'low', credits: 1 },
      { quality: 'medium', credits: 5 },
      { quality: 'high', credits: 20 },
      ...each(gpt4k, 2, 'low'),
      ...each(gpt4k, 11, 'medium'),
      ...each(gpt4k, 41, 'high'),
    ),
  },
  gpt_image_2_5_flare: { ...gpt, title: 'GPT Image 2.5 Flare', backgrounds: ['auto', 'opaque'] },
  gpt_image_2_5_sunburst: {
    ...gpt,
    title: 'GPT Image 2.5 Sunburst',
    backgrounds: ['auto', 'opaque', 'transparent'],
  },
  'gemini_2.5_flash': {
    ...gemini,
    title: 'Gemini 2.5 Flash Image',
    sizes: sized(gemini25),
    edit: references(3),
    pricing: credits(5),
  },
  'gemini_image3.1_flash': { ...gemini, title: 'Gemini 3.1 Flash Image', sizes: sized(geminiFlash) },
  gemini_image3_pro: {
    ...gemini,
    title: 'Gemini 3 Pro Image',
    sizes: sized(gemini25, gemini3Large, gemini4k),
    pricing: listed(`${CLIENT}; a second project measured 0.20`, { credits: 20 }, ...each(gemini4k, 40)),
  },
  seedream5_pro: {
    ...seedream,
    title: 'Seedream 5 Pro',
    sizes: sized(seedreamSizes, seedream2k),
    edit: references(10),
    pricing: listed(`${CLIENT}, unverified`, { credits: 5 }, ...each(seedream2k, 9)),
  },
  seedream5_lite: {
    ...seedream,
    title: 'Seedream 5 Lite',
    /** Any aspect ratio within these pixel counts; the longest edge is not published. */
    sizes: {
      kind: 'free',
      multipleOf: 1,
      minEdge: 256,
      maxEdge: 16_384,
      minPixels: 3_686_400,
      maxPixels: 16_777_216,
      maxRatio: 16,
    },
    edit: references(14),
    pricing: listed(`${CLIENT}, unverified`, { credits: 4 }),
  },
  grok_imagine_image_2: {
    ...common,
    title: 'Grok Imagine Image 2',
    sizes: sized(grokSizes, grok2k),
    /** Not published. */
    maxPromptLength: 32_000,
    qualities: { draft: 'low', standard: 'medium' },
    edit: references(3),
    /** A small image of low quality costs 4 credits, and a request at least 6. */
    pricing: {
      ...listed(
        `${CLIENT} and hints in ${SOURCE}`,
        { quality: 'low', credits: 6 },
        { quality: 'medium', credits: 6 },
        ...each(grok2k, 6, 'low'),
        ...each(grok2k, 8, 'medium'),
      ),
      inputUsd: USD_PER_CREDIT,
    },
  },
  magnific_precision_upscaler_v2: {
    ...common,
    title: 'Magnific Precision Upscaler 2',
    editsOnly: true,
    sizes: { kind: 'none' },
    maxPromptLength: 0,
    edit: {
      ...references(1),
      operations: ['upscale'],
      /** The result may have up to 25.3 megapixels. */
      inputBounds: { minEdge: 300, maxEdge: 8000 },
    },
    pricing: listed(
      'one reading of the price page (unverified): 0.25 up to 4096 pixels an edge of the result, 1.50 above; the upper bound',
      { credits: 150 },
    ),
  },
} as const satisfies Record<string, ModelCard>;

export const defaultModel = 'gen4_image';
/** The models that `model: 'best'` and `model: 'light'` select. */
export const tiers = { best: 'gen4_image', light: 'muse_image' } as const;

/** The size to send when none was requested: the vendor requires one. */
export const defaultRatio = ({ sizes }: ModelCard): string =>
  sizes.kind === 'list' ? sizes.sizes[0].replace('x', ':') : '2048:2048';

/** Options for a model without a card: all options of the generation route. */
const GENERATE_OPTIONS = ['tags', 'subjects', 'ratio', 'quality', 'grounding', 'edit'];

/** Options that only some models have. */
const OPTIONS_OF: Readonly<Record<string, readonly string[]>> = {
  gen4_image: ['tags'],
  gen4_image_turbo: ['tags'],
  muse_image: ['ratio'],
  gpt_image_2: ['tags', 'ratio'],
  gpt_image_2_5_flare: ['tags', 'ratio', 'quality'],
  gpt_image_2_5_sunburst: ['tags', 'ratio', 'quality'],
  'gemini_2.5_flash': ['tags'],
  'gemini_image3.1_flash': ['tags', 'subjects'],
  gemini_image3_pro: ['tags', 'subjects'],
  seedream5_pro: ['ratio', 'grounding'],
  seedream5_lite: ['grounding'],
  grok_imagine_image_2: ['ratio', 'edit'],
  magnific_precision_upscaler_v2: ['scaleFactor', 'flavor', 'sharpen', 'smartGrain', 'ultraDetail'],
};

export const optionsOf = (model: string): readonly string[] =>
  (Object.hasOwn(OPTIONS_OF, model) ? OPTIONS_OF[model] : undefined) ?? GENERATE_OPTIONS;
