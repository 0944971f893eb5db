/**
 * Card parts that several models of fal share: limits, sizes, prices and whole families (FLUX, Nano Banana).
 * Sources: generated types of npm `@fal-ai/client` 1.10.1 (2026-08-02); prices come from third-party sources and are not verified unless a card says otherwise.
 */
import { nominalPixels } from '../kit/index.ts';
import type { ImagePrice, ModelCard, Pricing } from '../protocol/index.ts';

const SOURCE = 'generated types of npm @fal-ai/client 1.10.1 (2026-08-02)';
export const MEGAPIXEL = 1_048_576;

export const listPrice = (...images: readonly ImagePrice[]): Pricing => ({
  images,
  asOf: '2026-10-08',
  source: 'third-party price lists of 2026 (unverified)',
});

export const thirdPartyPrice = (source: string, ...images: readonly ImagePrice[]): Pricing => ({
  images,
  asOf: '2026-11-28',
  source,
});
/** The page of a model, and the citation of a third-party reading of its price. */
export const modelPage = (model: string) => `https://fal.ai/models/${model}/llms.txt`;
export const modelPageReading = (model: string) => `${modelPage(model)}, third-party reading of 2026-10-01`;

/** The service publishes no prompt limits; a longer prompt is likely a mistake. */
export const commonCard = { maxPromptLength: 32_000, source: SOURCE } as const satisfies Partial<ModelCard>;
export const seed = { min: 0, max: 4_294_967_295 } as const;
export const inputLimits = { maxInputBytes: 50 * 1024 * 1024, inputFormats: ['png', 'jpeg', 'webp'] } as const;

/** `image_size` in pixels. The bounds differ by model and are not published; these are the bounds of the presets. */
export const pixelSizes = {
  kind: 'free',
  multipleOf: 16,
  minEdge: 256,
  maxEdge: 2048,
  minPixels: 65_536,
  maxPixels: 4_194_304,
  maxRatio: 8,
} as const satisfies ModelCard['sizes'];
export const seedreamSizes = { ...pixelSizes, maxEdge: 4096, minPixels: 3_686_400, maxPixels: 16_777_216 } as const;

export const fluxRatios = ['1:1', '21:9', '16:9', '4:3', '3:2', '2:3', '3:4', '9:16', '9:21'];
const bananaRatios = ['1:1', '21:9', '16:9', '3:2', '4:3', '5:4', '4:5', '3:4', '2:3', '9:16'];
export const ratioSizes = (area: number, ratios: readonly string[]) =>
  ({ kind: 'ratios', ratios: nominalPixels(area, ratios), areNominal: true }) as const;
const bananaSizes = {
  ...ratioSizes(MEGAPIXEL, bananaRatios),
  tiers: {
    '0.5K': nominalPixels(MEGAPIXEL / 4, bananaRatios),
    '1K': nominalPixels(MEGAPIXEL, bananaRatios),
    '2K': nominalPixels(4 * MEGAPIXEL, bananaRatios),
    '4K': nominalPixels(16 * MEGAPIXEL, bananaRatios),
  },
} as const satisfies ModelCard['sizes'];
const { '0.5K': _, ...proTiers } = bananaSizes.tiers;

export const flux1 = {
  ...commonCard,
  sizes: pixelSizes,
  formats: ['jpeg', 'png'],
  seed,
  maxImages: 4,
} as const satisfies Partial<ModelCard>;
export const flux2 = {
  ...flux1,
  maxImages: 1,
  safety: { strict: '1', relaxed: '5' },
} as const satisfies Partial<ModelCard>;
export const banana = {
  ...commonCard,
  sizes: bananaSizes,
  qualityTiers: { draft: '0.5K', standard: '1K', hd: '2K' },
  formats: ['png', 'jpeg', 'webp'],
  seed,
  safety: { strict: '1', relaxed: '6' },
  maxImages: 4,
} as const satisfies Partial<ModelCard>;
export const bananaPro = {
  ...banana,
  sizes: { ...bananaSizes, tiers: proTiers },
  qualityTiers: { draft: '1K', standard: '1K', hd: '2K' },
} as const;

const flux3Ratios = [
  ...['1:1', '21:9', '2:1', '16:9', '3:2', '7:5', '4:3', '5:4'],
  ...['4:5', '3:4', '5:7', '2:3', '9:16', '1:2'],
];
/** Takes no seed. Tiers and formats are from public adapters (2026-10, unverified). */
export const flux3 = {
  ...commonCard,
  sizes: {
    ...ratioSizes(MEGAPIXEL, flux3Ratios),
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
  /** The list price is 0.048 per megapixel; on 2026-10-10 the vendor still billed half of it for single images. */
  pricing: thirdPartyPrice(
    `${modelPage('blackforestlabs/flux-3/text-to-image')}; other tiers by megapixel, upper bounds (unverified)`,
    { usd: 0.048 },
    { usd: 0.048, tier: '768sq' },
    { usd: 0.048, tier: '1k' },
    { usd: 0.192, tier: '2k' },
    { usd: 0.768, tier: '4k' },
  ),
  source: `${modelPage('blackforestlabs/flux-3/text-to-image')} (2026-10)`,
} as const satisfies Partial<ModelCard>;

export const editWith = (maxInputs: number) => ({ ...inputLimits, operations: ['edit'], maxInputs }) as const;
export const toolCard = {
  ...commonCard,
  editsOnly: true,
  maxPromptLength: 0,
  sizes: { kind: 'none' },
  maxImages: 1,
} as const satisfies Partial<ModelCard>;

export const bananaProPrices = thirdPartyPrice(
  modelPageReading('fal-ai/nano-banana-pro'),
  { usd: 0.15 },
  { usd: 0.15, tier: '1K' },
  { usd: 0.15, tier: '2K' },
  { usd: 0.3, tier: '4K' },
);
/** Assumes the fields of Nano Banana Pro (unverified). */
export const banana21 = {
  ...bananaPro,
  pricing: thirdPartyPrice(
    'https://fal.ai/learn/tools/nano-banana-api; 2K is not named and taken as 4K, an upper bound',
    { usd: 0.04 },
    { usd: 0.04, tier: '1K' },
    { usd: 0.134, tier: '2K' },
    { usd: 0.134, tier: '4K' },
  ),
  source: 'https://fal.ai/learn/tools/nano-banana-api (2026-10); fields are taken from Nano Banana Pro (unverified)',
} as const satisfies Partial<ModelCard>;

export const bananaPrices = listPrice(
  { usd: 0.08 },
  { usd: 0.06, tier: '0.5K' },
  { usd: 0.08, tier: '1K' },
  { usd: 0.12, tier: '2K' },
  { usd: 0.16, tier: '4K' },
);
