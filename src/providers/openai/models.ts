/**
 * Model cards of OpenAI.
 * Sources: types of the `openai` npm package 7.59.0 (2026-11); shutdown dates from developers.openai.com/api/docs/deprecations
 * (2026-11-28); prices as named at each card.
 */
import type { ModelCard, Pricing } from '../protocol/index.ts';

const MIB = 1024 * 1024;
const SOURCE = 'npm openai 7.59.0, types of the Images API (2026-11)';

const common = {
  backgrounds: ['auto', 'opaque', 'transparent'],
  qualities: { draft: 'low', standard: 'medium', hd: 'high' },
  safety: { relaxed: 'low' },
  maxImages: 10,
  maxPromptLength: 32_000,
  edit: {
    operations: ['edit', 'inpaint'],
    maxInputs: 16,
    maxInputBytes: 50 * MIB - 1,
    inputFormats: ['png', 'jpeg', 'webp'],
    mask: { convention: 'transparent-repaints', maxBytes: 4 * MIB - 1 },
  },
  streaming: { maxPartials: 3 },
  source: SOURCE,
} as const satisfies Partial<ModelCard>;

/**
 * Multiples of 16, longest edge 3840, ratio up to 3:1 [SDK]. The pixel bounds are Microsoft Learn's for gpt-image-2 (2026-04-17), assumed for
 * the later models too (unverified).
 */
const freeSizes = {
  kind: 'free',
  multipleOf: 16,
  minEdge: 16,
  maxEdge: 3840,
  minPixels: 655_360,
  maxPixels: 8_294_400,
  maxRatio: 3,
} as const satisfies ModelCard['sizes'];

const presetSizes = {
  kind: 'list',
  sizes: ['1024x1024', '1536x1024', '1024x1536'],
} as const satisfies ModelCard['sizes'];

const tokens = { textInput: 5, cachedTextInput: 1.25, imageInput: 8, cachedImageInput: 2, imageOutput: 30 } as const;
const square = '1024x1024';

const pricing25: Pricing = {
  tokens,
  images: [
    { quality: 'low', size: square, usd: 0.006 },
    { quality: 'medium', size: square, usd: 0.013 },
    { quality: 'high', size: square, usd: 0.053 },
    { quality: 'xhigh', size: square, usd: 0.094 },
    { quality: 'max', size: square, usd: 0.211 },
  ],
  asOf: '2026-09-26',
  source: 'third-party price tables; other sizes are scaled by pixels (unverified)',
};

/** Low and medium use three to four times the tokens of 2.5; the prices assume four. */
const pricing26: Pricing = {
  tokens,
  images: [
    { quality: 'low', size: square, usd: 0.024 },
    { quality: 'medium', size: square, usd: 0.053 },
    { quality: 'high', size: square, usd: 0.053 },
    { quality: 'xhigh', size: square, usd: 0.094 },
    { quality: 'max', size: square, usd: 0.211 },
  ],
  asOf: '2026-11-05',
  source: 'third-party price tables, upper bounds',
};

const pricing2: Pricing = {
  tokens,
  images: [
    { quality: 'low', size: square, usd: 0.006 },
    { quality: 'medium', size: square, usd: 0.053 },
    { quality: 'high', size: square, usd: 0.211 },
    { quality: 'low', size: '1024x1536', usd: 0.005 },
    { quality: 'medium', size: '1024x1536', usd: 0.041 },
    { quality: 'high', size: '1024x1536', usd: 0.165 },
  ],
  asOf: '2026-09-27',
  source: 'third-party price tables (medium confirmed by model-bank 1.0.20260927), the rest unverified',
};

const gpt26 = {
  ...common,
  sizes: freeSizes,
  /** GIF and SVG need project access. Only the types say that edits can return SVG (unverified). */
  formats: ['png', 'jpeg', 'webp', 'gif', 'svg'],
  pricing: pricing26,
} as const satisfies Partial<ModelCard>;
const gpt25 = {
  ...common,
  sizes: freeSizes,
  formats: ['png', 'jpeg', 'webp'],
  pricing: pricing25,
} as const satisfies Partial<ModelCard>;
const gpt2 = { ...gpt25, pricing: pricing2 } as const satisfies Partial<ModelCard>;

const fast = 'gpt-image-2.6-flare';
const detailed = 'gpt-image-2.6-sunburst';

/** A retired model keeps a card, so that its refusal can name the successor. */
const retired = (title: string, shutdown: string): ModelCard => ({
  ...common,
  title,
  shutdown,
  successor: fast,
  sizes: presetSizes,
  formats: ['png'],
});

/** The vendor names both 2.6 models as successors of the models that end on this date. */
const ending = {
  ...common,
  deprecated: '2026-06-02',
  shutdown: '2026-12-01',
  sizes: presetSizes,
  formats: ['png', 'jpeg', 'webp'],
} as const satisfies Partial<ModelCard>;

const gpt15 = {
  ...ending,
  successor: detailed,
  pricing: {
    tokens: { ...tokens, imageOutput: 32 },
    images: [
      { quality: 'low', size: square, usd: 0.009 },
      { quality: 'low', size: '1536x1024', usd: 0.013 },
      { quality: 'low', size: '1024x1536', usd: 0.013 },
      { quality: 'medium', size: square, usd: 0.034 },
      { quality: 'medium', size: '1536x1024', usd: 0.05 },
      { quality: 'medium', size: '1024x1536', usd: 0.05 },
      { quality: 'high', size: square, usd: 0.133 },
      { quality: 'high', size: '1536x1024', usd: 0.2 },
      { quality: 'high', size: '1024x1536', usd: 0.2 },
    ],
    asOf: '2026-11-05',
    source: 'third-party price tables',
  },
} as const satisfies Partial<ModelCard>;

export const models = {
  [fast]: { ...gpt26, title: 'GPT Image 2.6 Flare (fast)' },
  [detailed]: { ...gpt26, title: 'GPT Image 2.6 Sunburst (detail)' },
  'gpt-image-2.5-flare': { ...gpt25, title: 'GPT Image 2.5 Flare (fast)' },
  'gpt-image-2.5-flare-2026-09-08': { ...gpt25, title: 'GPT Image 2.5 Flare, snapshot' },
  'gpt-image-2.5-sunburst': { ...gpt25, title: 'GPT Image 2.5 Sunburst (detail)' },
  'gpt-image-2.5-sunburst-2026-09-08': { ...gpt25, title: 'GPT Image 2.5 Sunburst, snapshot' },
  'gpt-image-2': { ...gpt2, title: 'GPT Image 2' },
  'gpt-image-2-2026-04-21': { ...gpt2, title: 'GPT Image 2, snapshot' },
  'gpt-image-1.5': { ...gpt15, title: 'GPT Image 1.5' },
  'gpt-image-1.5-2025-12-16': { ...gpt15, title: 'GPT Image 1.5, snapshot' },
  'gpt-image-1-mini': {
    ...ending,
    title: 'GPT Image 1 mini',
    successor: fast,
    pricing: {
      tokens: { textInput: 2, cachedTextInput: 0.2, imageInput: 2.5, cachedImageInput: 0.25, imageOutput: 8 },
      images: [
        { quality: 'low', size: square, usd: 0.005 },
        { quality: 'low', size: '1536x1024', usd: 0.006 },
        { quality: 'low', size: '1024x1536', usd: 0.006 },
        { quality: 'medium', size: square, usd: 0.011 },
        { quality: 'medium', size: '1536x1024', usd: 0.015 },
        { quality: 'medium', size: '1024x1536', usd: 0.015 },
        { quality: 'high', size: square, usd: 0.036 },
        { quality: 'high', size: '1536x1024', usd: 0.052 },
        { quality: 'high', size: '1024x1536', usd: 0.052 },
      ],
      asOf: '2026-09-09',
      source: 'OpenAI model page, third-party reading',
    },
  },
  /** An alias that follows ChatGPT; no price per image is published. */
  'chatgpt-image-latest': { ...ending, title: 'ChatGPT Image, latest', successor: detailed },
  'gpt-image-1': retired('GPT Image 1', '2026-10-23'),
  'dall-e-3': retired('DALL·E 3', '2026-05-12'),
  'dall-e-2': retired('DALL·E 2', '2026-05-12'),
} as const satisfies Record<string, ModelCard>;

/**
 * Not `gpt-image-2.6-flare`, which the vendor recommends for new projects: at low and medium it uses three to four times the tokens
 * (from third-party sources, not verified), and an update must not make the default more expensive. The default stays as long as 2.5 is available.
 */
export const defaultModel = 'gpt-image-2.5-flare';
/** The models that `model: 'best'` and `model: 'light'` select. */
export const tiers = { best: 'gpt-image-2.6-sunburst', light: 'gpt-image-2.6-flare' } as const;

const family =
  (...prefixes: readonly string[]) =>
  (model: string) =>
    !Object.hasOwn(models, model) || prefixes.some((prefix) => model.startsWith(prefix));

/** Which models take the options that others refuse. For models without a card, the vendor decides. */
export const takes = {
  complexity: family('gpt-image-2.6'),
  finestQualities: family('gpt-image-2.5', 'gpt-image-2.6'),
  markup: family('gpt-image-2.5', 'gpt-image-2.6'),
  inputFidelity: family('gpt-image-1.5', 'gpt-image-1-mini'),
} as const;
