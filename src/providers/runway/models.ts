/**
 * Runway's image models, and those of other makers behind the same door, as dated data. A size is one of a closed list of pixels.
 * Sources: generated types of npm `@runwayml/sdk` 4.20.1 (2026-09-23); OpenAPI document of the API, snapshot 2026-08-08, for lengths of
 * prompts; prices in credits from GitHub `runwayml/skills` (2026-04-21) where no other is named.
 */
import type { ImagePrice, ModelCard, Pricing } from '../protocol/index.ts';

const SOURCE = 'npm @runwayml/sdk 4.20.1 (2026-09-23)';
export const USD_PER_CREDIT = 0.01;

const credits = (count: number, inputCredits?: number, source = 'GitHub runwayml/skills (2026-04-21)'): Pricing => ({
  images: [{ usd: count * USD_PER_CREDIT }],
  ...(inputCredits !== undefined && { inputUsd: inputCredits * USD_PER_CREDIT }),
  asOf: '2026-11-20',
  source,
});

/** Rows in credits from another source than that. The answer to a submit tells `estimatedCost`. */
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

type Sizes = readonly [string, ...string[]];

const gen4Small: Sizes = ['1280x720', '720x1280', '720x720', '960x720', '720x960', '1680x720'];
const gen4Sizes: Sizes = [
  '1024x1024',
  '1080x1080',
  '1168x880',
  '1360x768',
  '1440x1080',
  '1080x1440',
  '1808x768',
  '1920x1080',
  '1080x1920',
  '2112x912',
];
const gptSizes: Sizes = [
  '1920x1920',
  '2048x880',
  '1920x1088',
  '1920x1280',
  '1920x1440',
  '1920x1536',
  '1536x1920',
  '1440x1920',
  '1280x1920',
  '1088x1920',
  '2912x1248',
  '2560x1440',
  '2560x1712',
  '2560x1920',
  '2560x2048',
  '2560x2560',
  '2048x2560',
  '1920x2560',
  '1712x2560',
  '1440x2560',
];
const gpt4k: readonly string[] = [
  '3840x1648',
  '3840x2160',
  '3504x2336',
  '3264x2448',
  '3200x2560',
  '2880x2880',
  '2560x3200',
  '2448x3264',
  '2336x3504',
  '2160x3840',
];
const gemini25: Sizes = [
  '1024x1024',
  '1344x768',
  '768x1344',
  '1184x864',
  '864x1184',
  '1536x672',
  '832x1248',
  '1248x832',
  '896x1152',
  '1152x896',
];
const gemini3Large: readonly string[] = [
  '2048x2048',
  '1696x2528',
  '2528x1696',
  '1792x2400',
  '2400x1792',
  '1856x2304',
  '2304x1856',
  '1536x2752',
  '2752x1536',
  '3168x1344',
];
const gemini4k: readonly string[] = [
  '4096x4096',
  '3392x5056',
  '5056x3392',
  '3584x4800',
  '4800x3584',
  '3712x4608',
  '4608x3712',
  '3072x5504',
  '5504x3072',
  '6336x2688',
];
const geminiFlash: Sizes = [
  '1024x1024',
  '512x512',
  '416x624',
  '624x416',
  '432x592',
  '592x432',
  '448x576',
  '576x448',
  '384x672',
  '672x384',
  '768x336',
  '256x1024',
  '1024x256',
  '176x1408',
  '1408x176',
  '832x1248',
  '1248x832',
  '864x1184',
  '1184x864',
  '896x1152',
  '1152x896',
  '768x1344',
  '1344x768',
  '1536x672',
  '512x2048',
  '2048x512',
  '352x2816',
  '2816x352',
  '2048x2048',
  '1696x2528',
  '2528x1696',
  '1792x2400',
  '2400x1792',
  '1856x2304',
  '2304x1856',
  '1536x2752',
  '2752x1536',
  '3168x1344',
  '1024x4096',
  '4096x1024',
  '704x5632',
  '5632x704',
  '4096x4096',
  '3392x5056',
  '5056x3392',
  '3584x4800',
  '4800x3584',
  '3712x4608',
  '4608x3712',
  '3072x5504',
  '5504x3072',
  '6336x2688',
  '2048x8192',
  '8192x2048',
  '1408x11264',
  '11264x1408',
];
const museSizes: Sizes = [
  '1600x1600',
  '2352x1008',
  '2016x1152',
  '1920x1280',
  '1792x1344',
  '1344x1792',
  '1280x1920',
  '1152x2016',
];
const seedreamSizes: Sizes = ['1024x1024', '1184x896', '896x1184', '1376x768', '768x1376', '1296x864', '864x1296'];
const seedream2k: readonly string[] = [
  '2048x2048',
  '2304x1728',
  '1728x2304',
  '2720x1530',
  '1530x2720',
  '2496x1664',
  '1664x2496',
];
const grokSizes: Sizes = [
  '1024x1024',
  '1280x720',
  '720x1280',
  '1152x864',
  '864x1152',
  '1248x832',
  '832x1248',
  '1248x576',
  '576x1248',
  '1280x576',
  '576x1280',
  '1408x704',
  '704x1408',
];
const grok2k: readonly string[] = [
  '2048x2048',
  '2816x1584',
  '1584x2816',
  '2368x1776',
  '1776x2368',
  '2496x1664',
  '1664x2496',
  '2912x1344',
  '1344x2912',
  '3200x1440',
  '1440x3200',
  '2912x1456',
  '1456x2912',
];

const sized = (...sizes: readonly [Sizes, ...(readonly string[])[]]) =>
  ({ kind: 'list', sizes: [sizes[0][0], ...sizes.flat().slice(1)] }) as const;

const free = { maxImages: 1, source: SOURCE } as const satisfies Partial<ModelCard>;
/** The vendor decides which of these it sends. */
const common = { ...free, formats: ['png', 'jpeg'], formatIsFixed: true } as const satisfies Partial<ModelCard>;

/** There is no route for edits: a prompt and pictures to lean on. Larger ones than a `data:` link may hold are uploaded. */
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
  /** How readily pictures of known people are held back. */
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

/** One or four pictures in a request, the vendor says; several are asked for one by one. */
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
    /** `auto` as `options.ratio` costs as much as 4K. */
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
    /** Any shape of so many pixels; the longest edge is not published. */
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
    /** A small image of low quality is 4 credits, and a request at least 6. */
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
      /** What comes out may have 25.3 megapixels. */
      inputBounds: { minEdge: 300, maxEdge: 8000 },
    },
    pricing: listed(
      'one reading of the price page (unverified): 0.25 up to 4096 pixels an edge of the result, 1.50 above; the upper bound',
      { credits: 150 },
    ),
  },
} as const satisfies Record<string, ModelCard>;

export const defaultModel = 'gen4_image';
/** What `model: 'best'` and `model: 'light'` stand for. */
export const tiers = { best: 'gen4_image', light: 'muse_image' } as const;

/** What a size is when none was asked for: the vendor always wants one. */
export const usualRatio = ({ sizes }: ModelCard): string =>
  sizes.kind === 'list' ? sizes.sizes[0].replace('x', ':') : '2048:2048';

/** What a model without a card may have: all that goes to the route for drawing. */
const DRAWING = ['tags', 'subjects', 'ratio', 'quality', 'grounding', 'edit'];

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
  (Object.hasOwn(OPTIONS_OF, model) ? OPTIONS_OF[model] : undefined) ?? DRAWING;
