/**
 * Model cards of Recraft's raster and vector models and its tools; the id of a tool is its route.
 * Sources: OpenAPI document of external.api.recraft.ai (2026-08-21); https://www.recraft.ai/docs/api-reference (2026-10, 2026-11) for models,
 * limits and prices.
 */
import { nominalPixels } from '../kit/index.ts';
import type { ImageFormat, ImagePrice, ModelCard, Operation, Pricing } from '../protocol/index.ts';

const SOURCE = 'OpenAPI document of external.api.recraft.ai (2026-08-21)';
const DOCS = 'https://www.recraft.ai/docs/api-reference';

const prices = (...images: readonly ImagePrice[]): Pricing => ({
  images,
  asOf: '2026-10-31',
  source: 'recraft.ai documentation, "Pricing" (October 2026)',
});
const price = (usd: number): Pricing => prices({ usd });
const priceOf = (usd: number, source: string, ...others: readonly ImagePrice[]): Pricing => ({
  images: [{ usd }, ...others],
  asOf: '2026-11-28',
  source,
});
const PRICE_SOURCE = `${DOCS}/pricing, third-party reading`;
/** Edits have one price. It is published for V3, and assumed as an upper bound for the others (unverified). */
const edits: readonly ImagePrice[] = (['edit', 'inpaint', 'outpaint'] as const).map((operation) => ({
  usd: 0.04,
  operation,
}));

const common = {
  seed: { min: 0, max: 4_294_967_295 },
  maxImages: 6,
  source: SOURCE,
} as const satisfies Partial<ModelCard>;

/** The document has one list for all models; this grouping is derived from the values and partly unverified. */
const sizes4 = {
  kind: 'list',
  sizes: [
    '1024x1024',
    ...['1216x896', '896x1216', '1280x832', '832x1280', '1152x896', '896x1152', '1280x896', '896x1280'],
    ...['832x1344', '768x1344', '1344x768', '768x1536', '1536x768'],
  ],
} as const satisfies ModelCard['sizes'];
const sizesPro = {
  kind: 'list',
  sizes: [
    '2048x2048',
    ...['2432x1792', '1792x2432', '2560x1664', '1664x2560', '2304x1792', '1792x2304', '2560x1792', '1792x2560'],
    ...['1664x2688', '1536x2688', '2688x1536', '1536x3072', '3072x1536'],
  ],
} as const satisfies ModelCard['sizes'];
/** Vectors take an aspect ratio only (third-party reading of the appendix, unverified). The pixels are the display size of the SVG. */
const sizesVector = {
  kind: 'ratios',
  ratios: nominalPixels(1_048_576, [
    ...['1:1', '2:1', '1:2', '3:2', '2:3', '4:3', '3:4', '5:4', '4:5'],
    ...['6:10', '14:10', '10:14', '16:9', '9:16'],
  ]),
  areNominal: true,
} as const satisfies ModelCard['sizes'];
const sizes3 = {
  kind: 'list',
  sizes: [
    '1024x1024',
    ...['1365x1024', '1024x1365', '1536x1024', '1024x1536', '1820x1024', '1024x1820', '1024x2048', '2048x1024'],
    ...['1434x1024', '1024x1434', '1024x1280', '1280x1024', '1024x1707', '1707x1024'],
  ],
} as const satisfies ModelCard['sizes'];

/** Less than 10 MB. Source: https://www.recraft.ai/docs/api-reference/tools/background (2026-11). */
const input = {
  maxInputs: 1,
  maxInputBytes: 10 * 1024 * 1024 - 1,
  inputFormats: ['png', 'jpeg', 'webp'],
  inputBounds: { minEdge: 256, maxEdge: 4096, maxPixels: 16_000_000 },
} as const;
const keepsSize = { sizes: { kind: 'none' } } as const;
/** The vendor does not say which models support edits; the routes take the fields of a generation. White is repainted, according to the documentation. */
const edit = {
  ...input,
  operations: ['edit', 'inpaint', 'outpaint'],
  mask: { convention: 'white-repaints' },
  differs: {
    edit: { ...keepsSize, edit: { mask: undefined } },
    inpaint: keepsSize,
    outpaint: { promptIsOptional: true, edit: { mask: undefined } },
  },
} as const satisfies ModelCard['edit'];

const raster = ['webp', 'png'] as const satisfies readonly ImageFormat[];
const vector = { formats: ['svg'], sizes: sizesVector } as const satisfies Partial<ModelCard>;

const v4 = {
  ...common,
  sizes: sizes4,
  formats: raster,
  maxPromptLength: 10_000,
  edit,
} as const satisfies Partial<ModelCard>;
const { edit: _, ...generateOnlyV4 } = v4;
const v4pro = { ...v4, sizes: sizesPro } as const satisfies Partial<ModelCard>;
const older = {
  ...common,
  sizes: sizes3,
  formats: raster,
  maxPromptLength: 1_000,
  negativePrompt: { maxLength: 1_000 },
  edit,
} as const satisfies Partial<ModelCard>;
const styles = [
  'any',
  'realistic_image',
  'digital_illustration',
  'vector_illustration',
  'icon',
  'logo_raster',
] as const;
const { edit: __, ...generateOnlyV3 } = older;

/** Generates from a prompt only: no edits, no styles. */
const flash = { ...generateOnlyV4, source: `${DOCS}/models/recraft-v4-1-flash` } as const satisfies Partial<ModelCard>;
/** Requires a style: from `options.style_id` or from the input images; see `check.ts`. */
const styled = {
  ...generateOnlyV4,
  edit: {
    operations: ['edit'],
    maxInputs: 10,
    maxInputBytes: 10 * 1024 * 1024,
    inputFormats: ['png', 'jpeg', 'webp'],
  },
  source: `${DOCS}/models/recraft-v4-styles; bounds of the references come from third-party sources (2026-09-04, unverified)`,
} as const satisfies Partial<ModelCard>;
/**
 * With references, a request also creates a style. One reading of the price page says 0.005, an older copy 0.04: the estimate uses the higher
 * one, per image. References by URL cost the same, and the estimate does not include them.
 */
const stylePrice = (usd: number): Pricing => priceOf(usd, PRICE_SOURCE, { usd: usd + 0.04, operation: 'edit' });

/** A tool: takes one image without model or prompt, and returns one image. */
const tool = (operation: Operation) =>
  ({
    editsOnly: true,
    maxPromptLength: 0,
    sizes: { kind: 'none' },
    formats: raster,
    maxImages: 1,
    source: SOURCE,
    edit: { ...input, operations: [operation] },
  }) as const;

const BACKGROUND = `${DOCS}/tools/background`;
/** For raster images; a vector costs 0.08, and these cards do not offer it. */
const backgroundPrice = priceOf(0.04, BACKGROUND);

export const models = {
  recraftv4_1: { ...v4, title: 'Recraft 4.1', pricing: prices({ usd: 0.035 }, ...edits) },
  recraftv4_1_pro: { ...v4pro, title: 'Recraft 4.1 Pro', pricing: price(0.21) },
  recraftv4_1_utility: {
    ...v4,
    title: 'Recraft 4.1 Utility',
    pricing: priceOf(0.035, `${DOCS}/pricing`, ...edits),
  },
  recraftv4_1_utility_pro: { ...v4pro, title: 'Recraft 4.1 Utility Pro', pricing: price(0.21) },
  recraftv4_1_flash: { ...flash, title: 'Recraft 4.1 Flash', pricing: price(0.007) },
  recraftv4_1_flash_v2: {
    ...flash,
    title: 'Recraft 4.1 Flash V2',
    pricing: priceOf(0.007, `${DOCS}/models/recraft-v4-1-flash-v2`),
    source: `${DOCS}/models/recraft-v4-1-flash-v2`,
  },
  recraftv4_1_vector: {
    ...generateOnlyV4,
    ...vector,
    title: 'Recraft 4.1 Vector',
    pricing: priceOf(0.08, `${DOCS}/models/recraft-v4-1`),
  },
  recraftv4_1_pro_vector: {
    ...generateOnlyV4,
    ...vector,
    title: 'Recraft 4.1 Pro Vector',
    pricing: priceOf(0.3, PRICE_SOURCE),
  },
  recraftv4_1_utility_vector: {
    ...generateOnlyV4,
    ...vector,
    title: 'Recraft 4.1 Utility Vector',
    pricing: priceOf(0.08, PRICE_SOURCE),
  },
  recraftv4_1_utility_pro_vector: {
    ...generateOnlyV4,
    ...vector,
    title: 'Recraft 4.1 Utility Pro Vector',
    pricing: priceOf(0.3, PRICE_SOURCE),
  },
  recraftv4_styles: { ...styled, title: 'Recraft 4 Styles', pricing: stylePrice(0.035) },
  recraftv4_styles_pro: { ...styled, title: 'Recraft 4 Styles Pro', sizes: sizesPro, pricing: stylePrice(0.1) },
  recraftv4_styles_vector: { ...styled, ...vector, title: 'Recraft 4 Styles Vector', pricing: stylePrice(0.05) },
  recraftv4_styles_pro_vector: {
    ...styled,
    ...vector,
    title: 'Recraft 4 Styles Pro Vector',
    pricing: stylePrice(0.12),
  },
  recraftv4: { ...v4, title: 'Recraft 4', pricing: price(0.04) },
  recraftv4_pro: { ...v4pro, title: 'Recraft 4 Pro', pricing: price(0.25) },
  recraftv4_vector: { ...generateOnlyV4, ...vector, title: 'Recraft 4 Vector', pricing: price(0.08) },
  recraftv4_pro_vector: { ...generateOnlyV4, ...vector, title: 'Recraft 4 Pro Vector', pricing: price(0.3) },
  recraftv3: { ...older, title: 'Recraft 3', styles, pricing: price(0.04) },
  recraftv3_vector: { ...generateOnlyV3, ...vector, title: 'Recraft 3 Vector', styles, pricing: price(0.08) },
  recraftv2: { ...older, title: 'Recraft 2', styles, pricing: prices({ usd: 0.022 }, ...edits) },
  recraftv2_vector: { ...generateOnlyV3, ...vector, title: 'Recraft 2 Vector', styles, pricing: price(0.044) },

  removeBackground: { ...tool('remove-background'), title: 'Remove background', pricing: price(0.01) },
  crispUpscale: {
    ...tool('upscale'),
    title: 'Crisp upscale',
    edit: { ...input, operations: ['upscale'], inputBounds: { ...input.inputBounds, minEdge: 32 } },
    pricing: price(0.004),
    source: `${DOCS}/tools/upscale (2026-11)`,
  },
  creativeUpscale: { ...tool('upscale'), title: 'Creative upscale: adds detail', pricing: price(0.25) },
  eraseRegion: {
    ...tool('erase'),
    title: 'Erase: removes the masked object',
    edit: { ...input, operations: ['erase'], mask: { convention: 'white-repaints' } },
    pricing: price(0.002),
  },
  variateImage: {
    ...tool('variation'),
    title: 'Variation of an image',
    sizes: sizes4,
    maxImages: 6,
    pricing: priceOf(0.04, PRICE_SOURCE),
  },
  vectorize: {
    ...tool('edit'),
    formats: vector.formats,
    title: 'Vectorize',
    pricing: price(0.01),
  },
  replaceBackground: {
    ...tool('edit'),
    title: 'Replace background',
    maxPromptLength: 10_000,
    pricing: backgroundPrice,
    source: BACKGROUND,
  },
  generateBackground: {
    ...tool('inpaint'),
    title: 'Generate background: where the mask is white',
    maxPromptLength: 10_000,
    edit: { ...input, operations: ['inpaint'], mask: { convention: 'white-repaints' } },
    pricing: backgroundPrice,
    source: BACKGROUND,
  },
} as const satisfies Record<string, ModelCard>;

export const defaultModel = 'recraftv4_1';
/** The models that `model: 'best'` and `model: 'light'` select. */
export const tiers = { best: 'recraftv4_1_pro', light: 'recraftv4_1_flash' } as const;
export const defaultModels = {
  'remove-background': 'removeBackground',
  upscale: 'crispUpscale',
  erase: 'eraseRegion',
  variation: 'variateImage',
} as const satisfies Partial<Record<Operation, string>>;

/** Tools are routes and take no model. */
export const isTool = (model: string): boolean => Object.hasOwn(models, model) && !model.startsWith('recraft');

/** These models generate from a prompt only. */
export const isFlash = (model: string): boolean => model.startsWith('recraftv4_1_flash');
/** These models require a style. */
export const isStyled = (model: string): boolean => model.startsWith('recraftv4_styles');
