/**
 * Recraft's models, raster and vector, and its tools as dated data; the id of a tool is its route.
 * Sources: OpenAPI document of external.api.recraft.ai (2026-08-21); recraft.ai documentation of 2026-10 for models, limits and prices.
 */
import type { ImageFormat, ModelCard, Operation, Pricing } from '../protocol/index.ts';

const SOURCE = 'OpenAPI document of external.api.recraft.ai (2026-08-21)';

const price = (usd: number): Pricing => ({
  images: [{ usd }],
  asOf: '2026-10-31',
  source: 'recraft.ai documentation, "Pricing" (October 2026)',
});

const common = {
  seed: { min: 0, max: 4_294_967_295 },
  maxImages: 6,
  source: SOURCE,
} as const satisfies Partial<ModelCard>;

/** The document has one list for all; these are grouped by value, which is unverified at the edges. */
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
const sizes3 = {
  kind: 'list',
  sizes: [
    '1024x1024',
    ...['1365x1024', '1024x1365', '1536x1024', '1024x1536', '1820x1024', '1024x1820', '1024x2048', '2048x1024'],
    ...['1434x1024', '1024x1434', '1024x1280', '1280x1024', '1024x1707', '1707x1024'],
  ],
} as const satisfies ModelCard['sizes'];

const input = {
  maxInputs: 1,
  maxInputBytes: 20 * 1024 * 1024 - 1,
  inputFormats: ['png', 'jpeg', 'webp'],
  inputBounds: { minEdge: 256, maxEdge: 4096, maxPixels: 16_000_000 },
} as const;
const keepsSize = { sizes: { kind: 'none' } } as const;
/** Which models take part in edits is not said; the routes take the fields of a generation. White repaints by the documentation's words. */
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
const vector = { formats: ['svg'] } as const satisfies Partial<ModelCard>;

const v4 = {
  ...common,
  sizes: sizes4,
  formats: raster,
  maxPromptLength: 10_000,
  edit,
} as const satisfies Partial<ModelCard>;
const { edit: _, ...drawn4 } = v4;
const v4pro = { ...v4, sizes: sizesPro } as const satisfies Partial<ModelCard>;
const { edit: __, ...drawn4pro } = v4pro;
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
const { edit: ___, ...drawn3 } = older;

/** A tool: no model, no words, one picture in and one out. */
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

export const models = {
  recraftv4_1: { ...v4, title: 'Recraft 4.1', pricing: price(0.035) },
  recraftv4_1_pro: { ...v4pro, title: 'Recraft 4.1 Pro', pricing: price(0.21) },
  recraftv4_1_utility: { ...v4, title: 'Recraft 4.1 Utility' },
  recraftv4_1_utility_pro: { ...v4pro, title: 'Recraft 4.1 Utility Pro', pricing: price(0.21) },
  recraftv4_1_flash: { ...v4, title: 'Recraft 4.1 Flash', pricing: price(0.007) },
  recraftv4_1_vector: { ...drawn4, ...vector, title: 'Recraft 4.1 Vector' },
  recraftv4_1_pro_vector: { ...drawn4pro, ...vector, title: 'Recraft 4.1 Pro Vector' },
  recraftv4_1_utility_vector: { ...drawn4, ...vector, title: 'Recraft 4.1 Utility Vector' },
  recraftv4_1_utility_pro_vector: { ...drawn4pro, ...vector, title: 'Recraft 4.1 Utility Pro Vector' },
  recraftv4: { ...v4, title: 'Recraft 4', pricing: price(0.04) },
  recraftv4_pro: { ...v4pro, title: 'Recraft 4 Pro', pricing: price(0.25) },
  recraftv4_vector: { ...drawn4, ...vector, title: 'Recraft 4 Vector', pricing: price(0.08) },
  recraftv4_pro_vector: { ...drawn4pro, ...vector, title: 'Recraft 4 Pro Vector', pricing: price(0.3) },
  recraftv3: { ...older, title: 'Recraft 3', styles, pricing: price(0.04) },
  recraftv3_vector: { ...drawn3, ...vector, title: 'Recraft 3 Vector', styles, pricing: price(0.08) },
  recraftv2: { ...older, title: 'Recraft 2', styles, pricing: price(0.022) },
  recraftv2_vector: { ...drawn3, ...vector, title: 'Recraft 2 Vector', styles, pricing: price(0.044) },

  removeBackground: { ...tool('remove-background'), title: 'Takes the background away', pricing: price(0.01) },
  crispUpscale: { ...tool('upscale'), title: 'Enlarges, crisply', pricing: price(0.004) },
  creativeUpscale: { ...tool('upscale'), title: 'Enlarges and adds detail', pricing: price(0.25) },
  eraseRegion: {
    ...tool('erase'),
    title: 'Takes away what a mask shows',
    edit: { ...input, operations: ['erase'], mask: { convention: 'white-repaints' } },
    pricing: price(0.002),
  },
  variateImage: { ...tool('variation'), title: 'Draws the picture anew', sizes: sizes4, maxImages: 6 },
  vectorize: { ...tool('edit'), ...vector, title: 'Turns a picture into a drawing', pricing: price(0.01) },
  replaceBackground: {
    ...tool('edit'),
    title: 'Paints another background',
    maxPromptLength: 10_000,
  },
} as const satisfies Record<string, ModelCard>;

export const defaultModel = 'recraftv4_1';
export const defaultModels = {
  'remove-background': 'removeBackground',
  upscale: 'crispUpscale',
  erase: 'eraseRegion',
  variation: 'variateImage',
} as const satisfies Partial<Record<Operation, string>>;

/** Tools are routes and take no model. */
export const isTool = (model: string): boolean => Object.hasOwn(models, model) && !model.startsWith('recraft');
