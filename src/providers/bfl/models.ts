/**
 * Model cards of FLUX. The model id is the route.
 * Sources: OpenAPI document of api.bfl.ai (2026-04-23); for FLUX 3 docs.bfl.ai, "FLUX.3 Image", as implemented by public projects of 2026-10
 * (from third-party sources, not verified); prices from docs.bfl.ai, "Pricing".
 */
import { nominalPixels } from '../kit/index.ts';
import type { ModelCard, Pricing } from '../protocol/index.ts';

const MIB = 1024 * 1024;
const SOURCE = 'OpenAPI document of api.bfl.ai (2026-04-23)';
const SOURCE_3 =
  'docs.bfl.ai, "FLUX.3 Image", read through public projects of 2026-10 that agree (from third-party sources, not verified)';
const SOURCE_3_KLEIN =
  'vercel.com/ai-gateway, page of flux-3-image-klein (2026-11): references and price; sizes in pixels, seed, format, steps and safety unverified';

const usd = (first: number, furtherUsd?: number, inputUsd?: number): Pricing => ({
  images: [{ usd: first, ...(furtherUsd !== undefined && { furtherUsd }) }],
  ...(inputUsd !== undefined && { inputUsd }),
  asOf: '2026-10-01',
  source: 'docs.bfl.ai, "Pricing"',
});

const common = {
  maxImages: 1,
  /** The vendor's limit is 32,000 tokens; it publishes no limit in characters. */
  maxPromptLength: 32_000,
  /** The vendor takes any whole number; the range is unverified. */
  seed: { min: 0, max: 4_294_967_295 },
  source: SOURCE,
} as const satisfies Partial<ModelCard>;

const inputs = { maxInputBytes: 20 * MIB, inputFormats: ['png', 'jpeg', 'webp'] } as const;

const flux2 = {
  ...common,
  /** At most four megapixels. The vendor rounds to multiples of 16. The longest edge is not published. */
  sizes: {
    kind: 'free',
    multipleOf: 16,
    minEdge: 64,
    maxEdge: 4096,
    minPixels: 4096,
    maxPixels: 4_000_000,
    maxRatio: 64,
  },
  formats: ['jpeg', 'png', 'webp'],
  safety: { strict: '0', relaxed: '5' },
  edit: { ...inputs, operations: ['edit'], maxInputs: 8 },
} as const satisfies Partial<ModelCard>;

const klein = { ...flux2, edit: { ...flux2.edit, maxInputs: 4 } } as const satisfies Partial<ModelCard>;

const ratios3 = [
  ...['1:1', '21:9', '2:1', '16:9', '3:2', '7:5', '4:3', '5:4', '4:5', '3:4', '5:7', '2:3', '9:16', '1:2', '9:21'],
];

/** A separate request schema, without seed, size in pixels, format or mask. The vendor answers 422 to unknown fields. */
const flux3 = {
  maxImages: 1,
  maxPromptLength: 32_000,
  sizes: {
    kind: 'ratios',
    ratios: nominalPixels(1_048_576, ratios3),
    tiers: {
      '768sq': nominalPixels(589_824, ratios3),
      '1k': nominalPixels(1_048_576, ratios3),
      '1.5k': nominalPixels(2_359_296, ratios3),
      '2k': nominalPixels(4_194_304, ratios3),
      '4k': nominalPixels(16_777_216, ratios3),
    },
    areNominal: true,
  },
  qualityTiers: { draft: '768sq', standard: '1k', hd: '2k' },
  formats: ['jpeg', 'png'],
  formatIsFixed: true,
  safety: { strict: '0', relaxed: '4' },
  edit: { ...inputs, operations: ['edit'], maxInputs: 10, inputBounds: { minEdge: 256, maxPixels: 16_000_000 } },
  source: SOURCE_3,
} as const satisfies Partial<ModelCard>;

/**
 * Its schema differs from the large model's: it reportedly takes pixels, a seed, a format, steps and a safety of 0 to 7 (unverified). The vendor
 * answers 422 to a wrong field, which costs nothing.
 */
const klein3 = {
  ...common,
  sizes: { ...flux2.sizes, maxPixels: 16_777_216 },
  formats: ['jpeg', 'png'],
  safety: { strict: '0', relaxed: '7' },
  edit: { ...inputs, operations: ['edit'], maxInputs: 10 },
  source: SOURCE_3_KLEIN,
} as const satisfies Partial<ModelCard>;

const legacySafety = { safety: { strict: '0', relaxed: '6' } } as const;
const legacyFormats = { formats: ['jpeg', 'png'] } as const;
const wideRatios = ['16:9', '1:1', '21:9', '3:2', '4:3', '5:4', '4:5', '3:4', '2:3', '9:16', '9:21'];

const flux11 = {
  ...common,
  ...legacySafety,
  ...legacyFormats,
  sizes: {
    kind: 'free',
    multipleOf: 32,
    minEdge: 256,
    maxEdge: 1440,
    minPixels: 65_536,
    maxPixels: 2_073_600,
    maxRatio: 5.625,
  },
} as const satisfies Partial<ModelCard>;

const kontext = {
  ...common,
  ...legacySafety,
  formats: ['png', 'jpeg'],
  sizes: {
    kind: 'ratios',
    ratios: nominalPixels(1_048_576, ['1:1', ...wideRatios.filter((each) => each !== '1:1')]),
    areNominal: true,
  },
  /** The vendor calls inputs two to four experimental. */
  edit: { ...inputs, operations: ['edit'], maxInputs: 4 },
} as const satisfies Partial<ModelCard>;

const { seed, ...unseeded } = common;
const tool = {
  ...unseeded,
  ...legacyFormats,
  editsOnly: true,
  sizes: { kind: 'none' },
} as const satisfies Partial<ModelCard>;

/** Missing from the OpenAPI document at its date; the end date is not published. */
const gone = (title: string): ModelCard => ({
  ...flux11,
  title,
  shutdown: '2026-04-23',
  successor: 'flux-2-pro',
});

export const models = {
  'flux-2-pro': { ...flux2, title: 'FLUX.2 pro', pricing: usd(0.03, 0.015, 0.015) },
  'flux-2-max': { ...flux2, title: 'FLUX.2 max', pricing: usd(0.07, 0.03, 0.03) },
  'flux-2-flex': { ...flux2, title: 'FLUX.2 flex', pricing: usd(0.05, 0.05, 0.05) },
  'flux-2-klein-9b': { ...klein, title: 'FLUX.2 klein 9B', pricing: usd(0.015, 0.002, 0.002) },
  'flux-2-klein-4b': { ...klein, title: 'FLUX.2 klein 4B', pricing: usd(0.014, 0.001, 0.001) },
  /** Rolling previews: their output changes without notice. */
  'flux-2-pro-preview': {
    ...flux2,
    title: 'FLUX.2 pro, preview',
    pricing: { ...usd(0.03, 0.015, 0.015), asOf: '2026-11-28', source: 'one public list: as FLUX.2 pro (unverified)' },
  },
  'flux-2-klein-9b-preview': { ...klein, title: 'FLUX.2 klein 9B, preview' },
  'flux-3-image': {
    ...flux3,
    title: 'FLUX 3',
    pricing: {
      images: [
        { usd: 0.048 },
        { usd: 0.041, tier: '768sq' },
        { usd: 0.048, tier: '1k' },
        { usd: 0.07, tier: '1.5k' },
        { usd: 0.1, tier: '2k' },
        { usd: 0.607, tier: '4k' },
      ],
      asOf: '2026-11-28',
      source:
        'public projects of 2026-10; 1.5k derived from a reseller’s discount (unverified); half of it was still billed on 2026-10-10, so these are upper bounds',
    },
  },
  'flux-3-image-klein': {
    ...klein3,
    title: 'FLUX 3 klein',
    /** List price 0.009 at 1k; one reseller charges 0.014 at 2k and 0.036 at 4k. The price per further megapixel covers both. */
    pricing: {
      images: [{ usd: 0.009, furtherUsd: 0.0018 }],
      asOf: '2026-11-28',
      source:
        'vercel.com/ai-gateway, page of flux-3-image-klein; above 1k an upper bound from one reseller (unverified)',
    },
  },
  'flux-kontext-pro': { ...kontext, title: 'FLUX.1 Kontext pro', pricing: usd(0.04) },
  'flux-kontext-max': { ...kontext, title: 'FLUX.1 Kontext max', pricing: usd(0.08) },
  'flux-pro-1.1': { ...flux11, title: 'FLUX 1.1 pro', pricing: usd(0.04) },
  'flux-pro-1.1-ultra': {
    ...common,
    ...legacyFormats,
    title: 'FLUX 1.1 pro ultra',
    sizes: { kind: 'ratios', ratios: nominalPixels(4_000_000, wideRatios), areNominal: true },
    pricing: usd(0.06),
  },
  'flux-dev': { ...flux11, title: 'FLUX.1 dev' },
  'flux-pro-1.0-fill': {
    ...tool,
    seed,
    title: 'FLUX.1 Fill: repaints the masked area',
    promptIsOptional: true,
    edit: { ...inputs, operations: ['inpaint'], maxInputs: 1, mask: { convention: 'white-repaints' } },
    pricing: usd(0.05),
  },
  'flux-pro-1.0-expand': {
    ...tool,
    seed,
    title: 'FLUX.1 Expand: extends the image',
    promptIsOptional: true,
    edit: { ...inputs, operations: ['outpaint'], maxInputs: 1 },
  },
  'flux-tools/outpainting-v1': {
    ...tool,
    title: 'Outpainting: extends the image to the requested size',
    promptIsOptional: true,
    formats: ['png', 'jpeg', 'webp'],
    sizes: flux2.sizes,
    edit: { ...inputs, operations: ['outpaint'], maxInputs: 1 },
  },
  'flux-tools/erase-v1': {
    ...tool,
    title: 'Erase: removes the masked object',
    maxPromptLength: 0,
    edit: { ...inputs, operations: ['erase'], maxInputs: 1, mask: { convention: 'white-repaints' } },
  },
  'flux-pro': gone('FLUX.1 pro'),
  'flux-pro-1.0-canny': gone('FLUX.1 pro, canny'),
  'flux-pro-1.0-depth': gone('FLUX.1 pro, depth'),
} as const satisfies Record<string, ModelCard>;

export const defaultModel = 'flux-2-pro';
/** The models that `model: 'best'` and `model: 'light'` select. */
export const tiers = { best: 'flux-2-max', light: 'flux-2-klein-4b' } as const;

/** Groups of routes with the same fields. For models without a card, the vendor checks the fields. */
export type Family =
  | 'flux2'
  | 'flux3'
  | 'klein3'
  | 'kontext'
  | 'flux11'
  | 'ultra'
  | 'fill'
  | 'expand'
  | 'outpainting'
  | 'erase';

export function familyOf(model: string): Family {
  if (model.startsWith('flux-3-image-klein')) return 'klein3';
  if (model.startsWith('flux-3')) return 'flux3';
  if (model.startsWith('flux-kontext')) return 'kontext';
  if (model.includes('ultra')) return 'ultra';
  if (model.endsWith('-fill')) return 'fill';
  if (model.endsWith('-expand')) return 'expand';
  if (model.includes('outpainting')) return 'outpainting';
  if (model.includes('erase')) return 'erase';
  return model === 'flux-dev' || model.startsWith('flux-pro-1.1') ? 'flux11' : 'flux2';
}
