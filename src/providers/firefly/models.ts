/**
 * Model cards of Firefly. Prices depend on the customer's contract; there is no public price.
 * Source: Adobe's OpenAPI document "Firefly API" 3.0.0 (mid-2026); developer.adobe.com, changelog.
 */
import { nominalPixels } from '../kit/index.ts';
import type { ModelCard } from '../protocol/index.ts';

const SOURCE = 'OpenAPI document "Firefly API" 3.0.0 (mid-2026)';
const MB = 1_000_000;

/** Sizes that the edit routes do not support. */
export const GENERATE_ONLY = ['2688x1512', '1344x756'];

const sizes3 = [
  '1024x1024',
  '2304x1792',
  '1792x2304',
  '2688x1536',
  '2688x1512',
  '1344x768',
  '1344x756',
  '1152x896',
  '896x1152',
];
/** The vendor's own default comes first. */
const pixels3 = { kind: 'list', sizes: ['2048x2048', ...sizes3] } as const;
const pixelsOfEdits = {
  kind: 'list',
  sizes: ['2048x2048', ...sizes3.filter((size) => !GENERATE_ONLY.includes(size))],
} as const;
const pixels4 = { kind: 'list', sizes: ['2048x2048', '2304x1792', '1792x2304', '2688x1536', '1440x2560'] } as const;

/** The vendor chooses the format, usually JPEG. */
const any = { formats: ['jpeg', 'png'], formatIsFixed: true, source: SOURCE } as const satisfies Partial<ModelCard>;
const common = {
  ...any,
  maxImages: 4,
  maxPromptLength: 1024,
  seed: { min: 0, max: 2_147_483_647 },
} as const satisfies Partial<ModelCard>;

/** The two content classes; `options.presets` has about a hundred presets more. */
const classes = ['photo', 'art'];

const input = {
  maxInputs: 1,
  maxInputBytes: 15 * MB,
  inputFormats: ['png', 'jpeg', 'webp'],
} as const satisfies Partial<NonNullable<ModelCard['edit']>>;

/** Variations: an input image without a prompt. */
const variation = { maxPromptLength: 0, negativePrompt: undefined, styles: undefined } as const;

const image4 = {
  ...common,
  sizes: pixels4,
  negativePrompt: { maxLength: 1024 },
  styles: classes,
  edit: { ...input, operations: ['edit', 'variation'], differs: { variation: { ...variation, sizes: pixelsOfEdits } } },
} as const satisfies Partial<ModelCard>;

/** Models that the customer trained. */
const custom = {
  ...common,
  styles: classes,
  edit: { ...input, operations: ['edit'] },
} as const satisfies Partial<ModelCard>;

const ratios5 = ['1:1', '4:3', '3:4', '16:9', '9:16'];

export const models = {
  image5: {
    ...common,
    title: 'Firefly Image 5',
    maxImages: 1,
    maxPromptLength: 1500,
    sizes: {
      kind: 'ratios',
      ratios: nominalPixels(2_400_000, ratios5),
      tiers: {
        '1MP': nominalPixels(1_048_576, ratios5),
        '2.4MP': nominalPixels(2_400_000, ratios5),
        '4MP': nominalPixels(4_194_304, ratios5),
      },
      areNominal: true,
    },
    qualityTiers: { draft: '1MP', standard: '2.4MP', hd: '4MP' },
    edit: {
      ...input,
      operations: ['edit'],
      maxInputBytes: 10 * MB,
      inputBounds: { minPixels: 512 * 512, maxPixels: 2048 * 2048, maxRatio: 5 },
      /** The input image decides the aspect ratio. */
      differs: { edit: { sizes: { kind: 'none' }, qualityTiers: undefined } },
    },
  },
  image4_standard: { ...image4, title: 'Firefly Image 4' },
  image4_ultra: { ...image4, title: 'Firefly Image 4 Ultra' },
  image3: {
    ...common,
    title: 'Firefly Image 3',
    sizes: pixels3,
    negativePrompt: { maxLength: 1024 },
    styles: classes,
    edit: {
      ...input,
      operations: ['edit', 'inpaint', 'outpaint', 'variation'],
      mask: { convention: 'white-repaints' },
      differs: {
        edit: { edit: { mask: undefined } },
        inpaint: { promptIsOptional: true, sizes: pixelsOfEdits, styles: undefined },
        outpaint: {
          promptIsOptional: true,
          negativePrompt: undefined,
          styles: undefined,
          edit: { mask: undefined },
          sizes: {
            kind: 'free',
            multipleOf: 1,
            minEdge: 64,
            maxEdge: 3999,
            minPixels: 4096,
            maxPixels: 3999 * 3999,
            maxRatio: 62,
          },
        },
        variation: { ...variation, sizes: pixelsOfEdits, edit: { mask: undefined } },
      },
    },
  },
  image4_custom: { ...custom, title: 'Firefly Image 4, trained by the customer', sizes: pixels4 },
  image3_custom: { ...custom, title: 'Firefly Image 3, trained by the customer', sizes: pixels3 },
  precise_upsampler_v1: {
    ...any,
    title: 'Precise Upsampler',
    editsOnly: true,
    maxImages: 1,
    maxPromptLength: 0,
    sizes: { kind: 'none' },
    edit: { ...input, operations: ['upscale'] },
  },
} as const satisfies Record<string, ModelCard>;

export const defaultModel = 'image5';
/** The models that `model: 'best'` and `model: 'light'` select. */
export const tiers = { best: 'image5', light: 'image3' } as const;

/** Image 5 uses v4, and earlier models use v3. Later models are assumed to use v4 too. */
export const isV4 = (model: string): boolean => !Object.hasOwn(models, model) || model === 'image5';
