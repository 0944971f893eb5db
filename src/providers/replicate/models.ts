/**
 * Model cards of popular official models of Replicate; each card has a row in `model-inputs.ts`. Any other `owner/name` or `owner/name:version`
 * passes with a warning; the caller gives its inputs in `options.input`.
 * Sources: model pages, from third-party sources (2026-11, unverified); each price names its own. A lookup reads the model's schema before the submit.
 */
import { nominalPixels } from '../kit/index.ts';
import type { ImagePrice, ModelCard, Pricing } from '../protocol/index.ts';

const SOURCE = 'model pages of replicate.com, from third-party sources (2026-11)';
const MEGAPIXEL = 1_048_576;

const listed = (usd: number): Pricing => ({
  images: [{ usd }],
  asOf: '2026-10-07',
  source: 'replicate.com/pricing, third-party reading',
});
/** From a third-party reading of the model's price list. */
const readAt = (model: string, ...images: readonly ImagePrice[]): Pricing => ({
  images,
  asOf: '2026-11-28',
  source: `https://replicate.com/${model}#pricing, third-party reading`,
});
/** Per megapixel of the result and of the inputs. An input counts as one megapixel; larger ones, and `options.resolution` above 1 MP, cost more. */
const byMegapixel = (model: string, usd: number, furtherUsd: number): Pricing => ({
  ...readAt(model, { usd, furtherUsd }),
  inputUsd: furtherUsd,
});

const fluxRatios = ['1:1', '16:9', '21:9', '3:2', '2:3', '4:5', '5:4', '3:4', '4:3', '9:16', '9:21'];
const ratios = (area: number, names: readonly string[]) =>
  ({ kind: 'ratios', ratios: nominalPixels(area, names), areNominal: true }) as const;
/** The same aspect ratios at other pixel counts, by the model's name for each tier. */
const tiered = (names: readonly string[], areas: Readonly<Record<string, number>>) =>
  ({
    ...ratios(MEGAPIXEL, names),
    tiers: Object.fromEntries(Object.entries(areas).map(([tier, area]) => [tier, nominalPixels(area, names)])),
  }) as const;
const flux3Ratios = [
  ...['1:1', '21:9', '2:1', '16:9', '3:2', '7:5', '4:3', '5:4'],
  ...['4:5', '3:4', '5:7', '2:3', '9:16', '1:2', '9:21'],
];
const common = {
  maxImages: 1,
  /** No limit is published; a longer prompt is likely a mistake. */
  maxPromptLength: 32_000,
  seed: { min: 0, max: 4_294_967_295 },
  source: SOURCE,
} as const satisfies Partial<ModelCard>;
const input = { maxInputs: 1, maxInputBytes: 50 * 1024 * 1024, inputFormats: ['png', 'jpeg', 'webp'] } as const;
const editing = (maxInputs: number) => ({ ...input, operations: ['edit'], maxInputs }) as const;

const flux1 = {
  ...common,
  sizes: ratios(MEGAPIXEL, fluxRatios),
  formats: ['webp', 'jpeg', 'png'],
  maxImages: 4,
} as const satisfies Partial<ModelCard>;
const pro = {
  ...common,
  formats: ['webp', 'jpeg', 'png'],
  safety: { strict: '1', relaxed: '6' },
} as const satisfies Partial<ModelCard>;
const kontext = {
  ...common,
  sizes: ratios(MEGAPIXEL, fluxRatios),
  formats: ['png', 'jpeg'],
  safety: { strict: '0', relaxed: '6' },
  /** With an input image, the maximum is lower (unverified). */
  edit: { ...editing(1), differs: { edit: { safety: { strict: '0', relaxed: '2' } } } },
} as const satisfies Partial<ModelCard>;
const flux2 = {
  ...pro,
  sizes: ratios(MEGAPIXEL, fluxRatios),
  safety: { strict: '1', relaxed: '5' },
  edit: editing(8),
} as const satisfies Partial<ModelCard>;
const { seed: _, ...withoutSeed } = common;
const bananaRatios = ['1:1', '21:9', '16:9', '3:2', '4:3', '5:4', '4:5', '3:4', '2:3', '9:16'];
const banana = {
  ...withoutSeed,
  sizes: ratios(MEGAPIXEL, bananaRatios),
  formats: ['jpeg', 'png'],
  edit: editing(10),
} as const satisfies Partial<ModelCard>;
const bananaTiers = {
  ...banana,
  sizes: tiered(bananaRatios, { '1K': MEGAPIXEL, '2K': 4 * MEGAPIXEL, '4K': 16 * MEGAPIXEL }),
  qualityTiers: { draft: '1K', standard: '1K', hd: '2K' },
} as const satisfies Partial<ModelCard>;
const ideogram = {
  ...common,
  sizes: ratios(MEGAPIXEL, [
    '1:1',
    '16:9',
    '9:16',
    '3:2',
    '2:3',
    '4:3',
    '3:4',
    '5:4',
    '4:5',
    '3:1',
    '1:3',
    '2:1',
    '1:2',
  ]),
  formats: ['png', 'jpeg', 'webp'],
  formatIsFixed: true,
  styles: ['Auto', 'General', 'Realistic', 'Design'],
  /** As at Ideogram itself. */
  edit: {
    ...input,
    operations: ['inpaint'],
    mask: { convention: 'black-repaints' },
    differs: { inpaint: { sizes: { kind: 'none' } } },
  },
} as const satisfies Partial<ModelCard>;
const tool = {
  editsOnly: true,
  maxImages: 1,
  maxPromptLength: 0,
  sizes: { kind: 'none' },
  formats: ['png', 'webp', 'jpeg'],
  formatIsFixed: true,
  source: SOURCE,
} as const satisfies Partial<ModelCard>;

export const models = {
  'black-forest-labs/flux-schnell': { ...flux1, title: 'FLUX.1 [schnell]', pricing: listed(0.003) },
  'black-forest-labs/flux-dev': { ...flux1, title: 'FLUX.1 [dev]', edit: editing(1), pricing: listed(0.025) },
  'black-forest-labs/flux-1.1-pro': {
    ...pro,
    title: 'FLUX1.1 [pro]',
    sizes: {
      kind: 'free',
      multipleOf: 32,
      minEdge: 256,
      maxEdge: 1440,
      minPixels: 65_536,
      maxPixels: 2_073_600,
      maxRatio: 5,
    },
    pricing: listed(0.04),
  },
  'black-forest-labs/flux-1.1-pro-ultra': {
    ...pro,
    title: 'FLUX1.1 [pro] Ultra',
    sizes: ratios(4 * MEGAPIXEL, fluxRatios),
    formats: ['jpeg', 'png'],
    pricing: readAt('black-forest-labs/flux-1.1-pro-ultra', { usd: 0.06 }),
  },
  'black-forest-labs/flux-kontext-pro': {
    ...kontext,
    title: 'FLUX.1 Kontext [pro]',
    pricing: readAt('black-forest-labs/flux-kontext-pro', { usd: 0.04 }),
  },
  'black-forest-labs/flux-kontext-max': {
    ...kontext,
    title: 'FLUX.1 Kontext [max]',
    pricing: readAt('black-forest-labs/flux-kontext-max', { usd: 0.08 }),
  },
  'black-forest-labs/flux-2-pro': {
    ...flux2,
    title: 'FLUX.2 [pro]',
    pricing: byMegapixel('black-forest-labs/flux-2-pro', 0.03, 0.015),
  },
  'black-forest-labs/flux-2-max': {
    ...flux2,
    title: 'FLUX.2 [max]',
    pricing: byMegapixel('black-forest-labs/flux-2-max', 0.07, 0.03),
  },
  /** It takes no seed. */
  'black-forest-labs/flux-3-image': {
    ...withoutSeed,
    title: 'FLUX 3',
    sizes: tiered(flux3Ratios, {
      '768sq': 768 * 768,
      '1k': MEGAPIXEL,
      '1.5k': 1536 * 1536,
      '2k': 2048 * 2048,
      '4k': 4096 * 4096,
    }),
    qualityTiers: { draft: '768sq', standard: '1k', hd: '2k' },
    formats: ['webp', 'jpeg', 'png'],
    safety: { strict: '0', relaxed: '4' },
    edit: { ...editing(10), inputBounds: { minEdge: 256, maxPixels: 16_000_000 } },
    source: 'https://replicate.com/black-forest-labs/flux-3-image (2026-10)',
  },
  'google/nano-banana': { ...banana, title: 'Nano Banana', pricing: readAt('google/nano-banana', { usd: 0.039 }) },
  'google/nano-banana-2': {
    ...bananaTiers,
    title: 'Nano Banana 2',
    pricing: readAt(
      'google/nano-banana-2',
      { usd: 0.067 },
      { usd: 0.067, tier: '1K' },
      { usd: 0.101, tier: '2K' },
      { usd: 0.151, tier: '4K' },
    ),
  },
  'google/nano-banana-pro': {
    ...bananaTiers,
    title: 'Nano Banana Pro',
    pricing: readAt(
      'google/nano-banana-pro',
      { usd: 0.15 },
      { usd: 0.15, tier: '1K' },
      { usd: 0.15, tier: '2K' },
      { usd: 0.3, tier: '4K' },
    ),
  },
  /** One image comes out. Shapes are those that xAI has too (unverified). */
  'xai/grok-imagine-image-2': {
    ...withoutSeed,
    title: 'Grok Imagine Image 2',
    sizes: tiered(['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3'], { '1k': MEGAPIXEL, '2k': 4 * MEGAPIXEL }),
    qualities: { draft: 'low', standard: 'medium' },
    formats: ['jpeg', 'png'],
    formatIsFixed: true,
    source: 'https://replicate.com/xai/grok-imagine-image-2, third-party reading (2026-11)',
  },
  'bytedance/seedream-4.5': {
    ...withoutSeed,
    title: 'Seedream 4.5',
    sizes: {
      kind: 'free',
      multipleOf: 16,
      minEdge: 1024,
      maxEdge: 4096,
      minPixels: 1_048_576,
      maxPixels: 16_777_216,
      maxRatio: 4,
    },
    formats: ['jpeg', 'png', 'webp'],
    formatIsFixed: true,
    edit: editing(10),
    pricing: readAt('bytedance/seedream-4.5', { usd: 0.04 }),
  },
  'ideogram-ai/ideogram-v3-turbo': {
    ...ideogram,
    title: 'Ideogram 3 turbo',
    pricing: readAt('ideogram-ai/ideogram-v3-turbo', { usd: 0.03 }),
  },
  'ideogram-ai/ideogram-v3-balanced': {
    ...ideogram,
    title: 'Ideogram 3 balanced',
    pricing: readAt('ideogram-ai/ideogram-v3-balanced', { usd: 0.06 }),
  },
  'ideogram-ai/ideogram-v3-quality': { ...ideogram, title: 'Ideogram 3 quality', pricing: listed(0.09) },
  'recraft-ai/recraft-v3': {
    ...withoutSeed,
    title: 'Recraft 3',
    sizes: {
      kind: 'list',
      sizes: ['1024x1024', '1365x1024', '1024x1365', '1536x1024', '1024x1536', '1820x1024', '1024x1820'],
    },
    formats: ['webp', 'png'],
    formatIsFixed: true,
    styles: ['any', 'realistic_image', 'digital_illustration'],
    pricing: readAt('recraft-ai/recraft-v3', { usd: 0.04 }),
  },
  'recraft-ai/recraft-crisp-upscale': {
    ...tool,
    title: 'Recraft: enlarges, crisply',
    edit: { ...input, operations: ['upscale'] },
    pricing: readAt('recraft-ai/recraft-crisp-upscale', { usd: 0.006 }),
  },
  'bria/remove-background': {
    ...tool,
    title: 'Bria: takes the background away',
    edit: { ...input, operations: ['remove-background'] },
    pricing: readAt('bria/remove-background', { usd: 0.018 }),
  },
} as const satisfies Readonly<Record<string, ModelCard>>;

export const defaultModel = 'black-forest-labs/flux-schnell';
/** The models that `model: 'best'` and `model: 'light'` select. */
export const tiers = { best: 'black-forest-labs/flux-2-max', light: 'black-forest-labs/flux-schnell' } as const;
export const defaultModels = {
  edit: 'black-forest-labs/flux-kontext-pro',
  inpaint: 'ideogram-ai/ideogram-v3-balanced',
  upscale: 'recraft-ai/recraft-crisp-upscale',
  'remove-background': 'bria/remove-background',
} as const;
