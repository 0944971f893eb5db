/**
 * Model cards of Grok Imagine.
 * Sources: docs.x.ai (migration guide of 2026-11-02, image overview, release notes), `xai-org/xai-sdk-python` 1.19.0, `xai-org/xai-proto`; the tier
 * `1.5k` from npm `@ai-sdk/xai` 5.0.15 (2026-10-05); prices as named.
 */
import { nominalPixels } from '../kit/index.ts';
import type { ModelCard } from '../protocol/index.ts';

const MEGAPIXEL = 1_048_576;
const SOURCE = 'docs.x.ai, "Image generations"; xai-sdk-python 1.19.0 (2026-08-18)';

const ratios = ['1:1', '3:4', '4:3', '9:16', '16:9', '2:3', '3:2', '9:19.5', '19.5:9', '9:20', '20:9', '1:2', '2:1'];

/** The vendor guarantees the aspect ratio, not the pixels; `2k` has about four megapixels. */
const sizesOf = (all: readonly string[], further: Readonly<Record<string, number>> = {}) => {
  const megapixels = { '1k': 1, ...further, '2k': 4 };
  const tiers = Object.entries(megapixels).map(([tier, count]) => [tier, nominalPixels(count * MEGAPIXEL, all)]);
  return {
    kind: 'ratios',
    ratios: nominalPixels(MEGAPIXEL, all),
    tiers: Object.fromEntries(tiers),
    areNominal: true,
  } as const satisfies ModelCard['sizes'];
};

const common = {
  sizes: sizesOf(ratios),
  qualityTiers: { draft: '1k', standard: '1k', hd: '2k' },
  /** The format seen in practice; there is no choice. */
  formats: ['jpeg'],
  formatIsFixed: true,
  maxImages: 10,
  /** Not published for these models; the vendor refuses a longer prompt free of charge. */
  maxPromptLength: 16_000,
  edit: {
    operations: ['edit'],
    maxInputs: 3,
    maxInputBytes: 10 * 1024 * 1024,
    inputFormats: ['png', 'jpeg', 'webp'],
    /** The maximum number of images per edit is not published. */
    differs: { edit: { maxImages: 1 } },
  },
  source: SOURCE,
} as const satisfies Partial<ModelCard>;

const first = {
  ...common,
  title: 'Grok Imagine 1.0',
  pricing: {
    images: [{ usd: 0.02 }],
    inputUsd: 0.002,
    asOf: '2026-07-09',
    source: 'third-party reading of docs.x.ai; every answer reports its cost',
  },
} as const satisfies ModelCard;

const current = 'grok-imagine-image-2.0';
/** The id still works; another model serves and bills it. */
const retired = (title: string, shutdown: string): ModelCard => ({ ...common, title, shutdown, successor: current });

export const models = {
  [current]: {
    ...common,
    title: 'Grok Imagine 2.0',
    /** The pixels of `1.5k` are not published: 1.5 times the edges of `1k` (unverified). */
    sizes: sizesOf([...ratios, '21:9', '5:2'], { '1.5k': 2.25 }),
    qualities: { draft: 'low', standard: 'medium', hd: 'medium' },
    edit: { ...common.edit, maxInputs: 5 },
    pricing: {
      images: [
        { quality: 'low', usd: 0.04 },
        { quality: 'low', tier: '1.5k', usd: 0.05 },
        { quality: 'low', tier: '2k', usd: 0.06 },
        { quality: 'medium', usd: 0.06 },
        { quality: 'medium', tier: '1.5k', usd: 0.07 },
        { quality: 'medium', tier: '2k', usd: 0.08 },
      ],
      inputUsd: 0.01,
      asOf: '2026-11-28',
      source:
        'docs.x.ai, "Pricing", in two third-party readings that agree; 1.5k from one public client (unverified); every answer reports its cost',
    },
  },
  'grok-imagine-image': first,
  /** An alias of the same model; it takes no quality either. */
  'grok-imagine-image-2026-03-02': { ...first, title: 'Grok Imagine 1.0, snapshot' },
  'grok-imagine-image-quality': retired('Grok Imagine, quality', '2026-11-02'),
  'grok-imagine-image-pro': retired('Grok Imagine, pro', '2026-05-15'),
  /** Removed from the vendor's own client in March 2026; the exact date is not published. */
  'grok-2-image': retired('Grok 2 image', '2026-03-31'),
  'grok-2-image-1212': retired('Grok 2 image, snapshot', '2026-03-31'),
  /** Names from marketing and older programs; the API never had them. */
  aurora: retired('Aurora', '2024-12-09'),
  'aurora-hd': retired('Aurora HD', '2024-12-09'),
} as const satisfies Record<string, ModelCard>;

export const defaultModel = current;
/** The models that `model: 'best'` and `model: 'light'` select. */
export const tiers = { best: 'grok-imagine-image-2.0', light: 'grok-imagine-image' } as const;
