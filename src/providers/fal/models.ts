/**
 * Popular models of fal as dated data; every model has inputs of its own, so each card has a row in `inputs.ts`. Any other id passes with a
 * warning and what `options.input` gives it.
 * Sources: generated types of npm `@fal-ai/client` 1.10.1 (2026-08-02); prices second-hand where not said otherwise.
 */
import { nominalPixels } from '../kit/index.ts';
import type { ImagePrice, ModelCard, Pricing } from '../protocol/index.ts';

const SOURCE = 'generated types of npm @fal-ai/client 1.10.1 (2026-08-02)';
const MEGAPIXEL = 1_048_576;

const price = (...images: readonly ImagePrice[]): Pricing => ({
  images,
  asOf: '2026-10-08',
  source: 'second-hand price lists of 2026 (unverified)',
});

const seen = (source: string, ...images: readonly ImagePrice[]): Pricing => ({ images, asOf: '2026-11-28', source });
/** The page of a model, and its price as others read it there. */
const pageOf = (model: string) => `https://fal.ai/models/${model}/llms.txt`;
const readAt = (model: string) => `${pageOf(model)}, second-hand reading of 2026-10-01`;

/** The service publishes no limits of prompts; what is longer is a mistake. */
const common = { maxPromptLength: 32_000, source: SOURCE } as const satisfies Partial<ModelCard>;
const seed = { min: 0, max: 4_294_967_295 } as const;
const inputs = { maxInputBytes: 50 * 1024 * 1024, inputFormats: ['png', 'jpeg', 'webp'] } as const;

/** `image_size` in pixels. Bounds differ and are not published; these are what the presets lie within. */
const pixels = {
  kind: 'free',
  multipleOf: 16,
  minEdge: 256,
  maxEdge: 2048,
  minPixels: 65_536,
  maxPixels: 4_194_304,
  maxRatio: 8,
} as const satisfies ModelCard['sizes'];
const seedreamPixels = { ...pixels, maxEdge: 4096, minPixels: 3_686_400, maxPixels: 16_777_216 } as const;

const fluxRatios = ['1:1', '21:9', '16:9', '4:3', '3:2', '2:3', '3:4', '9:16', '9:21'];
const bananaRatios = ['1:1', '21:9', '16:9', '3:2', '4:3', '5:4', '4:5', '3:4', '2:3', '9:16'];
const shapes = (area: number, ratios: readonly string[]) =>
  ({ kind: 'ratios', ratios: nominalPixels(area, ratios), areNominal: true }) as const;
const bananaSizes = {
  ...shapes(MEGAPIXEL, bananaRatios),
  tiers: {
    '0.5K': nominalPixels(MEGAPIXEL / 4, bananaRatios),
    '1K': nominalPixels(MEGAPIXEL, bananaRatios),
    '2K': nominalPixels(4 * MEGAPIXEL, bananaRatios),
    '4K': nominalPixels(16 * MEGAPIXEL, bananaRatios),
  },
} as const satisfies ModelCard['sizes'];
const { '0.5K': _, ...proTiers } = bananaSizes.tiers;

const flux1 = {
  ...common,
  sizes: pixels,
  formats: ['jpeg', 'png'],
  seed,
  maxImages: 4,
} as const satisfies Partial<ModelCard>;
const flux2 = { ...flux1, maxImages: 1, safety: { strict: '1', relaxed: '5' } } as const satisfies Partial<ModelCard>;
const banana = {
  ...common,
  sizes: bananaSizes,
  qualityTiers: { draft: '0.5K', standard: '1K', hd: '2K' },
  formats: ['png', 'jpeg', 'webp'],
  seed,
  safety: { strict: '1', relaxed: '6' },
  maxImages: 4,
} as const satisfies Partial<ModelCard>;
const pro = {
  ...banana,
  sizes: { ...bananaSizes, tiers: proTiers },
  qualityTiers: { draft: '1K', standard: '1K', hd: '2K' },
} as const;

const flux3Ratios = [
  ...['1:1', '21:9', '2:1', '16:9', '3:2', '7:5', '4:3', '5:4'],
  ...['4:5', '3:4', '5:7', '2:3', '9:16', '1:2'],
];
/** It takes no seed. The tiers and formats are those of public adapters (2026-10, unverified). */
const flux3 = {
  ...common,
  sizes: {
    ...shapes(MEGAPIXEL, flux3Ratios),
    tiers: {
      '768sq': nominalPixels(768 * 768, flux3Ratios),
      '1k': nominalPixels(MEGAPIXEL, flux3Ratios),
      '2k': nominalPixels(4 * MEGAPIXEL, flux3Ratios),
      '4k': nominalPixels(16 * MEGAPIXEL, flux3Ratios),
    },
  },
  qualityTiers: { draft: '768sq', standard: '1k', hd: '2k' },
  formats: ['png', 'jpeg'],
  safety: { strict: '0', relaxed: '4' },
  maxImages: 1,
  /** 0.048 is the list price of a megapixel; single images were still billed at half of it on 2026-10-10. */
  pricing: seen(
    `${pageOf('blackforestlabs/flux-3/text-to-image')}; other tiers by megapixel, upper bounds (unverified)`,
    { usd: 0.048 },
    { usd: 0.048, tier: '768sq' },
    { usd: 0.048, tier: '1k' },
    { usd: 0.192, tier: '2k' },
    { usd: 0.768, tier: '4k' },
  ),
  source: `${pageOf('blackforestlabs/flux-3/text-to-image')} (2026-10)`,
} as const satisfies Partial<ModelCard>;

const editing = (maxInputs: number) => ({ ...inputs, operations: ['edit'], maxInputs }) as const;
const tool = {
  ...common,
  editsOnly: true,
  maxPromptLength: 0,
  sizes: { kind: 'none' },
  maxImages: 1,
} as const satisfies Partial<ModelCard>;

const proPrices = seen(
  readAt('fal-ai/nano-banana-pro'),
  { usd: 0.15 },
  { usd: 0.15, tier: '1K' },
  { usd: 0.15, tier: '2K' },
  { usd: 0.3, tier: '4K' },
);
/** Its fields are taken from Nano Banana Pro (unverified). */
const banana21 = {
  ...pro,
  pricing: seen(
    'https://fal.ai/learn/tools/nano-banana-api; 2K is not named and taken as 4K, an upper bound',
    { usd: 0.04 },
    { usd: 0.04, tier: '1K' },
    { usd: 0.134, tier: '2K' },
    { usd: 0.134, tier: '4K' },
  ),
  source: 'https://fal.ai/learn/tools/nano-banana-api (2026-10); fields are taken from Nano Banana Pro (unverified)',
} as const satisfies Partial<ModelCard>;

const bananaPrices = price(
  { usd: 0.08 },
  { usd: 0.06, tier: '0.5K' },
  { usd: 0.08, tier: '1K' },
  { usd: 0.12, tier: '2K' },
  { usd: 0.16, tier: '4K' },
);

export const models = {
  'fal-ai/flux/schnell': { ...flux1, title: 'FLUX.1 schnell', pricing: price({ usd: 0.003, furtherUsd: 0.003 }) },
  'fal-ai/flux/dev': { ...flux1, title: 'FLUX.1 dev', pricing: price({ usd: 0.025, furtherUsd: 0.025 }) },
  'fal-ai/flux-pro/v1.1-ultra': {
    ...flux1,
    title: 'FLUX 1.1 pro ultra',
    sizes: shapes(4 * MEGAPIXEL, fluxRatios),
    safety: { strict: '1', relaxed: '6' },
    pricing: price({ usd: 0.06 }),
  },
  'fal-ai/flux-2': { ...flux1, title: 'FLUX.2 dev', formats: ['jpeg', 'png', 'webp'] },
  'fal-ai/flux-2-pro': { ...flux2, title: 'FLUX.2 pro', pricing: price({ usd: 0.03, furtherUsd: 0.015 }) },
  'fal-ai/flux-2-pro/edit': {
    ...flux2,
    title: 'FLUX.2 pro, edit',
    editsOnly: true,
    edit: editing(8),
    pricing: { ...price({ usd: 0.03, furtherUsd: 0.015 }), inputUsd: 0.015 },
  },
  'fal-ai/flux-2-max': {
    ...flux2,
    title: 'FLUX.2 max',
    pricing: seen('the prices of Black Forest Labs (unverified)', { usd: 0.07, furtherUsd: 0.03 }),
  },
  'blackforestlabs/flux-3/text-to-image': { ...flux3, title: 'FLUX 3' },
  'blackforestlabs/flux-3/edit-image': {
    ...flux3,
    title: 'FLUX 3, edit',
    editsOnly: true,
    edit: { ...editing(10), inputBounds: { minEdge: 256, maxPixels: 4_000_000 } },
    source: `${pageOf('blackforestlabs/flux-3/edit-image')} (2026-10)`,
  },
  'fal-ai/flux-pro/kontext': {
    ...flux1,
    title: 'FLUX.1 Kontext pro',
    sizes: shapes(MEGAPIXEL, fluxRatios),
    safety: { strict: '1', relaxed: '6' },
    editsOnly: true,
    edit: editing(1),
    pricing: price({ usd: 0.04 }),
  },
  'fal-ai/nano-banana-2': { ...banana, title: 'Nano Banana 2', pricing: bananaPrices },
  'fal-ai/nano-banana-2/edit': {
    ...banana,
    title: 'Nano Banana 2, edit',
    editsOnly: true,
    edit: editing(14),
    pricing: bananaPrices,
  },
  'fal-ai/nano-banana-pro': { ...pro, title: 'Nano Banana Pro', pricing: proPrices },
  'fal-ai/nano-banana-pro/edit': {
    ...pro,
    title: 'Nano Banana Pro, edit',
    editsOnly: true,
    edit: editing(14),
    pricing: proPrices,
  },
  'google/nano-banana-2.1': { ...banana21, title: 'Nano Banana 2.1' },
  'google/nano-banana-2.1/edit': {
    ...banana21,
    title: 'Nano Banana 2.1, edit',
    editsOnly: true,
    edit: editing(14),
  },
  'microsoft/mai-image-2.7/text-to-image': {
    ...common,
    title: 'MAI-Image-2.7',
    sizes: {
      kind: 'free',
      multipleOf: 16,
      minEdge: 768,
      maxEdge: 5456,
      minPixels: 589_824,
      maxPixels: 4_194_304,
      maxRatio: 7,
    },
    formats: ['png', 'jpeg', 'webp'],
    maxImages: 1,
    /** By token of the image; those of the prompt come on top. */
    pricing: seen(pageOf('microsoft/mai-image-2.7/text-to-image'), { usd: 0.0349, size: '1024x1024' }),
    source: `${pageOf('microsoft/mai-image-2.7/text-to-image')} (2026-11)`,
  },
  'fal-ai/bytedance/seedream/v4.5/text-to-image': {
    ...common,
    title: 'Seedream 4.5',
    sizes: seedreamPixels,
    formats: ['png', 'jpeg'],
    formatIsFixed: true,
    seed,
    maxImages: 6,
    pricing: seen(readAt('fal-ai/bytedance/seedream/v4.5/text-to-image'), { usd: 0.04 }),
  },
  'fal-ai/ideogram/v3': {
    ...common,
    title: 'Ideogram 3',
    sizes: pixels,
    formats: ['png', 'jpeg'],
    formatIsFixed: true,
    seed,
    negativePrompt: { maxLength: 10_000 },
    qualities: { draft: 'TURBO', standard: 'BALANCED', hd: 'QUALITY' },
    styles: ['AUTO', 'GENERAL', 'REALISTIC', 'DESIGN'],
    maxImages: 8,
    pricing: price(
      { usd: 0.03, quality: 'TURBO' },
      { usd: 0.06, quality: 'BALANCED' },
      { usd: 0.09, quality: 'QUALITY' },
    ),
  },
  'fal-ai/recraft/v3/text-to-image': {
    ...common,
    title: 'Recraft 3',
    sizes: pixels,
    formats: ['webp', 'png', 'svg'],
    formatIsFixed: true,
    styles: ['any', 'realistic_image', 'digital_illustration', 'vector_illustration'],
    maxImages: 1,
    pricing: price({ usd: 0.04 }),
  },
  'fal-ai/birefnet/v2': {
    ...tool,
    title: 'BiRefNet: takes the background away',
    formats: ['png', 'webp', 'gif'],
    edit: { ...inputs, operations: ['remove-background'], maxInputs: 1 },
  },
  'fal-ai/esrgan': {
    ...tool,
    title: 'ESRGAN: enlarges',
    formats: ['png', 'jpeg'],
    edit: { ...inputs, operations: ['upscale'], maxInputs: 1 },
  },
  'fal-ai/clarity-upscaler': {
    ...tool,
    title: 'Clarity: enlarges and adds detail',
    formats: ['png', 'jpeg'],
    formatIsFixed: true,
    maxPromptLength: common.maxPromptLength,
    promptIsOptional: true,
    seed,
    negativePrompt: { maxLength: 10_000 },
    edit: { ...inputs, operations: ['upscale'], maxInputs: 1 },
    pricing: seen(
      'one second-hand source (unverified): 0.03 by megapixel of the result; four are counted, a larger result costs more',
      { usd: 0.12 },
    ),
  },
} as const satisfies Record<string, ModelCard>;

export const defaultModel = 'fal-ai/flux/dev';
/** What `model: 'best'` and `model: 'light'` stand for. */
export const tiers = { best: 'fal-ai/flux-2-max', light: 'fal-ai/flux/schnell' } as const;
