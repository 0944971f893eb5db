/**
 * Model cards of Luma.
 * Sources: GitHub `lumalabs/luma-agents-typescript` 0.3.0 (2026-06-08) and docs.agents.lumalabs.ai for Uni; npm `lumaai` 1.19.1 and the
 * OpenAPI document of `lumalabs/lumaai-api` for Photon.
 */
import { nominalPixels } from '../kit/index.ts';
import type { ModelCard, Pricing } from '../protocol/index.ts';

/** The vendor's "2K". */
const UNI_PIXELS = 2048 * 2048;

const common = {
  maxImages: 1,
  /** From third-party sources; not verified for Photon. */
  maxPromptLength: 6000,
} as const satisfies Partial<ModelCard>;

const uni = {
  ...common,
  /** The vendor guarantees the aspect ratio; the pixels are "about 2K". */
  sizes: {
    kind: 'ratios',
    ratios: nominalPixels(UNI_PIXELS, ['1:1', '3:1', '2:1', '16:9', '3:2', '2:3', '9:16', '1:2', '1:3']),
    areNominal: true,
  },
  formats: ['png', 'jpeg'],
  styles: ['auto', 'manga'],
  edit: {
    operations: ['edit'],
    /** The image to edit and eight references. */
    maxInputs: 9,
    /** Not published; a job with a larger image fails. */
    maxInputBytes: 20 * 1024 * 1024,
    inputFormats: ['png', 'jpeg', 'webp'],
  },
  source: 'GitHub lumalabs/luma-agents-typescript 0.3.0 (2026-06-08)',
} as const satisfies Partial<ModelCard>;

const photon = {
  ...common,
  sizes: {
    kind: 'ratios',
    ratios: {
      '16:9': '2048x1152',
      '1:1': '1536x1536',
      '9:16': '1152x2048',
      '4:3': '1792x1344',
      '3:4': '1344x1792',
      '21:9': '2432x1024',
      '9:21': '1024x2432',
    },
  },
  formats: ['jpeg', 'png'],
  source: 'npm lumaai 1.19.1; OpenAPI document of lumalabs/lumaai-api',
} as const satisfies Partial<ModelCard>;

const oldList = (usd: number): Pricing => ({
  images: [{ usd }],
  asOf: '2026-11-20',
  source:
    'an old list that is no longer public (unverified); Replicate asks 0.03 and 0.01 for the same models, so it may be too low',
});

export const models = {
  'uni-1': {
    ...uni,
    title: 'Uni-1',
    /** References in `options.image_ref` cost the same as input images; the estimate does not include them. */
    pricing: {
      images: [{ usd: 0.0404 }],
      inputUsd: 0.003,
      asOf: '2026-11-28',
      source: 'https://docs.agents.lumalabs.ai/guides/pricing/',
    },
  },
  'uni-1-max': {
    ...uni,
    title: 'Uni-1 Max',
    pricing: {
      images: [{ usd: 0.1 }],
      inputUsd: 0.003,
      asOf: '2026-11-28',
      source: 'https://docs.agents.lumalabs.ai/guides/pricing/, two third-party readings that agree',
    },
  },
  'photon-1': { ...photon, title: 'Photon', pricing: oldList(0.015) },
  'photon-flash-1': { ...photon, title: 'Photon Flash', pricing: oldList(0.002) },
} as const satisfies Record<string, ModelCard>;

export const defaultModel = 'uni-1';
/** The models that `model: 'best'` and `model: 'light'` select. */
export const tiers = { best: 'uni-1-max', light: 'uni-1' } as const;

/** Photon runs on Dream Machine, which has its own key, host and field names. */
export const isPhoton = (model: string): boolean => model.startsWith('photon');
