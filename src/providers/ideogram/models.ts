/**
 * Model cards of Ideogram's models and tools. A tool is a route, and its id is the route's name.
 * Sources: developer.ideogram.ai, v2 reference (2026-11); the fields of each route from the OpenAPI document of 2026-10-07 as GitHub
 * `qmediat/ideogram-mcp` describes it; sizes of 3 from the document of 2026-04-27; prices from ideogram.ai, "API pricing" (2026-11-16). The
 * upscalers `auto` and `nano-banana-pro` are left out: the first chooses a model itself, the second shares its id with a generation model.
 */
import { modelSegment, nominalPixels } from '../kit/index.ts';
import type { ImagePrice, ModelCard, Operation, Pricing } from '../protocol/index.ts';

const SOURCE = 'developer.ideogram.ai, v2 reference (2026-11)';
const FIELDS = 'OpenAPI document of 2026-10-07, as GitHub qmediat/ideogram-mcp describes it';
const MIB = 1024 * 1024;

const price = (...images: readonly ImagePrice[]): Pricing => ({
  images,
  asOf: '2026-11-16',
  source: 'ideogram.ai, "API pricing"',
});
const byQuality = (prices: Readonly<Record<string, number>>, operation?: Operation): readonly ImagePrice[] =>
  Object.entries(prices).map(([quality, usd]) => ({ quality, usd, ...(operation !== undefined && { operation }) }));

/** Returns 1024x1024, these portrait sizes, and the same in landscape. */
const listOf = (...portrait: readonly string[]) =>
  ({
    kind: 'list',
    sizes: ['1024x1024', ...new Set(portrait.flatMap((size) => [size, size.split('x').reverse().join('x')]))],
  }) as const satisfies ModelCard['sizes'];

/** Fourteen more of the smaller sizes reportedly exist; 1024x1024, 1280x720 and 720x1280 are unverified. */
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
  /** The vendor chooses the format. */
  formats: ['png', 'jpeg'],
  formatIsFixed: true,
  maxImages: 8,
  seed: { min: 0, max: 2_147_483_647 },
  maxPromptLength: 10_000,
  source: SOURCE,
} as const satisfies Partial<ModelCard>;

/** Aspect ratios, sent as `16x9`; the pixels are nominal. */
const ratiosOf = (area: number, ...portrait: readonly string[]) =>
  ({
    kind: 'ratios',
    ratios: nominalPixels(area, ['1:1', ...portrait.flatMap((ratio) => [ratio, ratio.split(':').reverse().join(':')])]),
    areNominal: true,
  }) as const;
const shapes3 = ratiosOf(1_048_576, '1:3', '1:2', '9:16', '10:16', '2:3', '3:4', '4:5');

const input = { maxInputs: 1, maxInputBytes: 25 * MIB, inputFormats: ['png', 'jpeg', 'webp'] } as const;
/** Black is repainted, as in the vendor's other masks. */
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
      /** One image, and with a mask up to three references. The result has the size of the image. */
      inpaint: {
        ...keepsSize,
        seed: undefined,
        qualities: { draft: 'very_low', standard: 'medium', hd: 'high' },
        edit: { maxInputs: 4, maxInputBytes: 50_000_000, inputBounds: { maxRatio: 6 } },
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

const { styles: _, ...unstyled3 } = v3;

/** A tool: takes one image, without a prompt or other fields. */
const tool = {
  editsOnly: true,
  maxPromptLength: 0,
  sizes: { kind: 'none' },
  formats: ['png', 'jpeg'],
  formatIsFixed: true,
  maxImages: 1,
  source: SOURCE,
} as const satisfies Partial<ModelCard>;

/**
 * Upscales by two, four or eight. Billed per megapixel of the result, which a card cannot express: `quote()` asks the vendor.
 * Source: https://developer.ideogram.ai/api-reference/images/upscale (2026-11).
 */
const upscaler = {
  ...tool,
  seed: common.seed,
  edit: {
    ...input,
    operations: ['upscale'],
    /** No edge of the result may have more than 8192 pixels. */
    inputBounds: { maxEdge: 4096 },
  },
  source: 'https://developer.ideogram.ai/api-reference/images/upscale (2026-11)',
} as const satisfies Partial<ModelCard>;
const { seed: __, ...unseeded } = upscaler;
const guided = { maxPromptLength: common.maxPromptLength, promptIsOptional: true } as const;

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
    /** The route takes a seed and ignores it. */
    edit: { ...input, operations: ['variation'], differs: { variation: { ...keepsSize, seed: undefined } } },
    pricing: price(...byQuality({ turbo: 0.03, default: 0.06, quality: 0.1 })),
  },
  'ideogram-4-transparent': {
    ...common,
    title: 'Ideogram 4, transparent background',
    sizes: ratiosOf(4_194_304, '1:4', '1:3', '1:2', '9:16', '10:16', '2:3', '3:4', '4:5'),
    qualities: speeds,
    formats: ['png'],
    backgrounds: ['transparent'],
    source: FIELDS,
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
        /** Takes only the size. */
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
  /** The first image shows the character; the others set the style. */
  'ideogram-3-character': {
    ...v3,
    title: 'Ideogram 3, character reference',
    styles: ['auto', 'realistic', 'fiction'],
    editsOnly: true,
    edit: { ...input, operations: ['edit'], maxInputs: 11 },
    pricing: price(...byQuality({ turbo: 0.1, default: 0.15, quality: 0.2 })),
    source: FIELDS,
  },
  'ideogram-3-transparent': {
    ...unstyled3,
    sizes: shapes3,
    title: 'Ideogram 3, transparent background',
    formats: ['png'],
    backgrounds: ['transparent'],
    pricing: price(...byQuality({ turbo: 0.04, default: 0.07, quality: 0.1 })),
    source: FIELDS,
  },
  'p-image-ideogram': {
    ...common,
    title: 'P-Image Ideogram, the cheapest',
    sizes: shapes3,
    qualities: { draft: 'low', standard: 'medium', hd: 'high' },
    /** The vendor names one price, and not whether it depends on the quality. */
    pricing: {
      images: [{ usd: 0.01 }],
      asOf: '2026-11-28',
      source: 'https://ideogram.ai/blog/ideogram-api-pricing',
    },
    source: FIELDS,
  },

  'remove-background': {
    ...tool,
    title: 'Remove background',
    formats: ['png'],
    edit: { ...input, operations: ['remove-background'] },
    pricing: price({ usd: 0.01 }),
  },
  'remove-object': {
    ...tool,
    title: 'Erase: removes the masked object',
    /** The opposite of the vendor's other masks. */
    edit: { ...input, operations: ['erase'], mask: { convention: 'white-repaints' } },
    pricing: price({ usd: 0.03 }),
  },
  'replace-background': {
    ...tool,
    title: 'Replace background',
    maxPromptLength: 10_000,
    qualities: speeds,
    edit: { ...input, operations: ['edit'] },
    pricing: {
      images: byQuality({ turbo: 0.03, default: 0.06, quality: 0.09 }),
      asOf: '2026-11-28',
      source: 'https://ideogram.ai/blog/ideogram-api-pricing, by its text the prices of 3.0',
    },
  },

  'topaz-standard-2': { ...unseeded, title: 'Topaz Standard 2: upscales, keeps the image' },
  'topaz-text-refine': { ...upscaler, title: 'Topaz Text Refine: upscales, keeps text sharp' },
  'topaz-wonder-3-5': { ...upscaler, title: 'Topaz Wonder 3.5: upscales and adds detail' },
  'topaz-bloom-2': { ...upscaler, ...guided, title: 'Topaz Bloom 2: upscales and adds fine detail' },
  'topaz-redefine': { ...upscaler, ...guided, title: 'Topaz Redefine: upscales and changes the most' },
} as const satisfies Record<string, ModelCard>;

export const defaultModel = 'ideogram-4-5';
/** The models that `model: 'best'` and `model: 'light'` select. */
export const tiers = { best: 'ideogram-4-6', light: 'ideogram-3' } as const;
export const defaultModels = {
  'remove-background': 'remove-background',
  erase: 'remove-object',
  outpaint: 'ideogram-3',
  variation: 'ideogram-4',
  upscale: 'topaz-standard-2',
} as const satisfies Partial<Record<Operation, string>>;

const ROUTES: Readonly<Partial<Record<Operation, string>>> = {
  inpaint: 'inpaint',
  variation: 'remix',
  outpaint: 'reframe',
  upscale: 'upscale',
};
const TOOLS: Readonly<Record<string, string>> = {
  'remove-background': 'remove-background/ideogram-1',
  'remove-object': 'remove-object/ideogram-1',
  'replace-background': 'replace-background/ideogram-3',
};

/** Routes that always answer with a job. */
export const JOBS: readonly string[] = ['remove-object', 'replace-background'];

/** Returns the path below `/v2/image/`. @param operation absent for generation from a prompt */
export function routeOf(model: string, operation: Operation | undefined): string {
  const tool = Object.hasOwn(TOOLS, model) ? TOOLS[model] : undefined;
  if (tool !== undefined) return tool;
  // Since 4.5, edits with a mask have a separate route.
  const isPrecise = operation === 'inpaint' && model !== 'ideogram-3';
  const route = isPrecise ? 'precise-edit' : ((operation && ROUTES[operation]) ?? 'generate');
  return `${route}/${modelSegment(model)}`;
}
