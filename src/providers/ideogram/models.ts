/**
 * Ideogram's models and tools as dated data. What is not a model of drawing is a route of its own, named like it.
 * Sources: developer.ideogram.ai, v2 reference (2026-11); sizes of 3 from the OpenAPI document of 2026-04-27; prices from ideogram.ai, "API
 * pricing" (2026-11-16). Upscalers and characters are left out: what they take is not published in a form that could be checked.
 */
import { modelSegment } from '../kit/index.ts';
import type { ImagePrice, ModelCard, Operation, Pricing } from '../protocol/index.ts';

const SOURCE = 'developer.ideogram.ai, v2 reference (2026-11)';
const MIB = 1024 * 1024;

const price = (...images: readonly ImagePrice[]): Pricing => ({
  images,
  asOf: '2026-11-16',
  source: 'ideogram.ai, "API pricing"',
});
const byQuality = (prices: Readonly<Record<string, number>>, operation?: Operation): readonly ImagePrice[] =>
  Object.entries(prices).map(([quality, usd]) => ({ quality, usd, ...(operation !== undefined && { operation }) }));

/** These and the same lying down. */
const listOf = (...standing: readonly string[]) =>
  ({
    kind: 'list',
    sizes: ['1024x1024', ...new Set(standing.flatMap((size) => [size, size.split('x').reverse().join('x')]))],
  }) as const satisfies ModelCard['sizes'];

/** Of the smaller half, fourteen more are said to exist; 1024x1024, 1280x720 and 720x1280 are unverified. */
const sizes4 = listOf(
  ...['1440x2880', '1664x2496', '1792x2240', '1440x2560', '1600x2560', '1728x2304', '1296x3168'],
  ...['1152x2944', '1248x3328', '1280x3072', '2048x2048', '720x1280'],
);

const sizes3 = listOf(
  ...['512x1536', '576x1408', '576x1472', '576x1536', '640x1344', '640x1408', '640x1472', '640x1536', '704x1152'],
  ...['704x1216', '704x1280', '704x1344', '704x1408', '704x1472', '736x1312', '768x1088', '768x1216', '768x1280'],
  ...['768x1344', '800x1280', '832x960', '832x1024', '832x1088', '832x1152', '832x1216', '832x1248', '864x1152'],
  ...['896x960', '896x1024', '896x1088', '896x1120', '896x1152', '960x1024', '960x1088'],
);

const common = {
  /** The service decides. */
  formats: ['png', 'jpeg'],
  formatIsFixed: true,
  maxImages: 8,
  seed: { min: 0, max: 2_147_483_647 },
  maxPromptLength: 10_000,
  source: SOURCE,
} as const satisfies Partial<ModelCard>;

const input = { maxInputs: 1, maxInputBytes: 25 * MIB, inputFormats: ['png', 'jpeg', 'webp'] } as const;
/** Like the vendor's other masks: black is painted anew. */
const blackRepaints = { convention: 'black-repaints' } as const;
const speeds = { draft: 'turbo', standard: 'default', hd: 'quality' } as const;
const keepsSize = { sizes: { kind: 'none' } } as const;

const v45 = {
  ...common,
  sizes: sizes4,
  qualities: { draft: 'low', standard: 'medium', hd: 'high' },
  edit: {
    ...input,
    maxInputs: 5,
    operations: ['edit', 'inpaint'],
    mask: blackRepaints,
    differs: {
      edit: { edit: { mask: undefined } },
      /** One picture, and with a mask at most three to look at. The result has its size. */
      inpaint: {
        ...keepsSize,
        seed: undefined,
        qualities: { draft: 'very_low', standard: 'medium', hd: 'high' },
        edit: { maxInputs: 4, inputBounds: { maxRatio: 6 } },
      },
    },
  },
} as const satisfies Partial<ModelCard>;

const v3 = {
  ...common,
  sizes: sizes3,
  qualities: speeds,
  negativePrompt: { maxLength: 10_000 },
  styles: ['auto', 'general', 'realistic', 'design', 'fiction'],
} as const satisfies Partial<ModelCard>;

/** One picture in, without words or wishes. */
const tool = {
  editsOnly: true,
  maxPromptLength: 0,
  sizes: { kind: 'none' },
  formats: ['png', 'jpeg'],
  formatIsFixed: true,
  maxImages: 1,
  source: SOURCE,
} as const satisfies Partial<ModelCard>;

export const models = {
  'ideogram-4-6': {
    ...v45,
    title: 'Ideogram 4.6',
    source: `${SOURCE}; it is listed, its fields are taken from 4.5 (unverified)`,
  },
  'ideogram-4-5': {
    ...v45,
    title: 'Ideogram 4.5',
    pricing: price(
      ...byQuality({ low: 0.03, medium: 0.06, high: 0.1 }),
      ...byQuality({ very_low: 0.008, low: 0.03, medium: 0.06, high: 0.22 }, 'inpaint'),
    ),
  },
  'ideogram-4': {
    ...common,
    title: 'Ideogram 4',
    sizes: sizes4,
    qualities: speeds,
    edit: { ...input, operations: ['variation'], differs: { variation: keepsSize } },
    pricing: price(...byQuality({ turbo: 0.03, default: 0.06, quality: 0.1 })),
  },
  'ideogram-4-transparent': {
    ...common,
    title: 'Ideogram 4, without a background',
    sizes: sizes4,
    qualities: speeds,
    formats: ['png'],
    backgrounds: ['transparent'],
    source: `${SOURCE}; its fields are taken from 4 (unverified)`,
  },
  'ideogram-3': {
    ...v3,
    title: 'Ideogram 3',
    edit: {
      ...input,
      operations: ['inpaint', 'variation', 'outpaint'],
      mask: blackRepaints,
      differs: {
        inpaint: { ...keepsSize, negativePrompt: undefined },
        variation: { ...keepsSize, negativePrompt: undefined, styles: undefined, edit: { mask: undefined } },
        /** It is told nothing but the size. */
        outpaint: {
          maxPromptLength: 0,
          maxImages: 1,
          seed: undefined,
          negativePrompt: undefined,
          styles: undefined,
          qualities: undefined,
          edit: { mask: undefined },
        },
      },
    },
    pricing: price(
      { usd: 0.06, operation: 'outpaint' },
      ...byQuality({ flash: 0.03, turbo: 0.03, default: 0.06, quality: 0.09 }),
    ),
  },
  'ideogram-3-transparent': {
    ...v3,
    title: 'Ideogram 3, without a background',
    formats: ['png'],
    backgrounds: ['transparent'],
    pricing: price(...byQuality({ turbo: 0.04, default: 0.07, quality: 0.1 })),
    source: `${SOURCE}; its fields are taken from 3 (unverified)`,
  },

  'remove-background': {
    ...tool,
    title: 'Takes the background away',
    formats: ['png'],
    edit: { ...input, operations: ['remove-background'] },
    pricing: price({ usd: 0.01 }),
  },
  'remove-object': {
    ...tool,
    title: 'Takes away what a mask shows',
    /** The other way round than everywhere else at this vendor. */
    edit: { ...input, operations: ['erase'], mask: { convention: 'white-repaints' } },
    pricing: price({ usd: 0.03 }),
  },
  'replace-background': {
    ...tool,
    title: 'Paints another background',
    maxPromptLength: 10_000,
    edit: { ...input, operations: ['edit'] },
  },
} as const satisfies Record<string, ModelCard>;

export const defaultModel = 'ideogram-4-5';
export const defaultModels = {
  'remove-background': 'remove-background',
  erase: 'remove-object',
  outpaint: 'ideogram-3',
  variation: 'ideogram-4',
} as const satisfies Partial<Record<Operation, string>>;

const ROUTES: Readonly<Partial<Record<Operation, string>>> = {
  inpaint: 'inpaint',
  variation: 'remix',
  outpaint: 'reframe',
};
const TOOLS: Readonly<Record<string, string>> = {
  'remove-background': 'remove-background/ideogram-1',
  'remove-object': 'remove-object/ideogram-1',
  'replace-background': 'replace-background/ideogram-3',
};

/** @param operation absent: from words alone. @returns what stands behind `/v2/image/` */
export function routeOf(model: string, operation: Operation | undefined): string {
  const tool = Object.hasOwn(TOOLS, model) ? TOOLS[model] : undefined;
  if (tool !== undefined) return tool;
  // Since 4.5 a mask belongs to an edit of another name.
  const isPrecise = operation === 'inpaint' && model !== 'ideogram-3';
  const route = isPrecise ? 'precise-edit' : ((operation && ROUTES[operation]) ?? 'generate');
  return `${route}/${modelSegment(model)}`;
}
