/**
 * GPT Image models as Azure serves them; the customer names the deployments, so the setting `modelFamily` selects the card.
 * Sources: Microsoft Learn, how-to of 2026-04-17 and retirement schedule of 2026-07 to 2026-08; prices follow OpenAI's token rates (unverified).
 * No Microsoft page for 2.5 was found: LiteLLM and Bifrost list it as deployable (getmaxim.ai/bifrost/model-library).
 */
import type { ModelCard, Pricing } from '../protocol/index.ts';
import { maiModels } from './mai-models.ts';

const MIB = 1024 * 1024;

const common = {
  /** Without a quality, Azure uses `high`, the most expensive one (mini: `medium`). */
  qualities: { draft: 'low', standard: 'medium', hd: 'high' },
  formats: ['png', 'jpeg'],
  backgrounds: ['auto', 'opaque', 'transparent'],
  maxImages: 10,
  maxPromptLength: 32_000,
  edit: {
    operations: ['edit', 'inpaint'],
    /** OpenAI's limit; unverified here. */
    maxInputs: 16,
    maxInputBytes: 50 * MIB - 1,
    inputFormats: ['png', 'jpeg'],
    mask: { convention: 'transparent-repaints', maxBytes: 4 * MIB - 1 },
  },
  streaming: { maxPartials: 3 },
  source: 'Microsoft Learn, "Image generation models" (2026-04-17)',
} as const satisfies Partial<ModelCard>;

const presets = { kind: 'list', sizes: ['1024x1024', '1024x1536', '1536x1024'] } as const satisfies ModelCard['sizes'];

/** The pixel bounds hold for gpt-image-2; public tools use them for 2.5 too. */
const freeSizes = {
  kind: 'free',
  multipleOf: 16,
  minEdge: 16,
  maxEdge: 3840,
  minPixels: 655_360,
  maxPixels: 8_294_400,
  maxRatio: 3,
} as const satisfies ModelCard['sizes'];

const square = '1024x1024';
const priced = (low: number, medium: number, high: number, tokens: Pricing['tokens']): Pricing => ({
  images: [
    { quality: 'low', size: square, usd: low },
    { quality: 'medium', size: square, usd: medium },
    { quality: 'high', size: square, usd: high },
  ],
  ...(tokens && { tokens }),
  asOf: '2026-11-05',
  source: 'OpenAI’s prices of these models; Azure’s, by region and deployment, are not published alike (unverified)',
});

const gpt25 = {
  ...common,
  sizes: freeSizes,
  pricing: priced(0.006, 0.013, 0.053, { textInput: 5, imageInput: 8, imageOutput: 30 }),
  source:
    'lists of LiteLLM and Bifrost (2026-11), public tools on the v1 routes (third-party sources, no page of Microsoft’s)',
} as const satisfies Partial<ModelCard>;

const retired = (title: string, shutdown: string): ModelCard => ({
  ...common,
  title,
  shutdown,
  successor: 'gpt-image-2',
  sizes: presets,
});

export const models = {
  'gpt-image-2': {
    ...common,
    /** Retirement is planned for 2027-04-21; no Microsoft page names a successor. */
    title: 'GPT Image 2',
    sizes: freeSizes,
    pricing: priced(0.006, 0.053, 0.211, { textInput: 5, imageInput: 8, imageOutput: 30 }),
  },
  'gpt-image-2.5-flare': { ...gpt25, title: 'GPT Image 2.5 Flare (fast)' },
  'gpt-image-2.5-sunburst': { ...gpt25, title: 'GPT Image 2.5 Sunburst (detail)' },
  'gpt-image-1.5': {
    ...common,
    title: 'GPT Image 1.5',
    shutdown: '2026-12-16',
    successor: 'gpt-image-2',
    sizes: presets,
    pricing: priced(0.009, 0.034, 0.133, { textInput: 5, imageInput: 8, imageOutput: 32 }),
  },
  'gpt-image-1-mini': {
    ...common,
    title: 'GPT Image 1 mini',
    shutdown: '2027-04-07',
    successor: 'gpt-image-2',
    sizes: presets,
    pricing: priced(0.005, 0.011, 0.036, { textInput: 2, imageInput: 2.5, imageOutput: 8 }),
  },
  'gpt-image-1': retired('GPT Image 1', '2026-10-23'),
  /** The documentation no longer listed it on this date. */
  'dall-e-3': retired('DALL·E 3', '2026-04-17'),
  'dall-e-2': retired('DALL·E 2', '2026-04-17'),
  ...maiModels,
} as const satisfies Record<string, ModelCard>;

export const defaultModel = 'gpt-image-2';
