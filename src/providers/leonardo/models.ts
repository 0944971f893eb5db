/**
 * Leonardo's models of REST v2, and two of other makers whose limits are published, as dated data. Any other id passes with a warning.
 * Prices are not published by model; what a picture cost stands in the answer.
 * Source: docs.leonardo.ai, "Lucid Origin", "Phoenix", "Nano Banana 2 Lite" (2026-07), "Generate Images Using FLUX.2 Pro"; for Lucid Realism
 * GitHub `cluely/unmodel`, read from the OpenAPI document there (2026-08-13).
 */
import type { ModelCard, SizeRule } from '../protocol/index.ts';
import { bananaStyles, lucidOriginStyles, lucidRealismStyles, phoenixStyles } from './styles.ts';

const SOURCE = 'docs.leonardo.ai, model guides (2026-07)';

/** Any pixels in steps of eight. */
const pixels = (minEdge: number, maxEdge: number, maxPixels = maxEdge * maxEdge): SizeRule => ({
  kind: 'free',
  multipleOf: 8,
  minEdge,
  maxEdge,
  minPixels: minEdge * minEdge,
  maxPixels,
  maxRatio: maxEdge / minEdge,
});

const common = {
  maxPromptLength: 2000,
  /** The vendor decides: JPEG as a rule, PNG by model. */
  formats: ['jpeg', 'png'],
  formatIsFixed: true,
  source: SOURCE,
} as const satisfies Partial<ModelCard>;

const inputs = {
  operations: ['edit'],
  maxInputs: 1,
  /** Not published; the vendor's own app takes that much. */
  maxInputBytes: 20 * 1024 * 1024,
  inputFormats: ['png', 'jpeg', 'webp'],
} as const satisfies NonNullable<ModelCard['edit']>;

const own = {
  ...common,
  maxImages: 8,
  seed: { min: 0, max: 2_147_483_647 },
  edit: inputs,
} as const satisfies Partial<ModelCard>;

const phoenix = {
  ...own,
  sizes: pixels(32, 2048),
  negativePrompt: { maxLength: 1000 },
  styles: phoenixStyles,
  qualities: { draft: 'FAST', standard: 'QUALITY', hd: 'ULTRA' },
  /** Up to four where only the style is taken over; see `check.ts`. */
  edit: { ...inputs, maxInputs: 4 },
} as const satisfies Partial<ModelCard>;

const lucidQualities = { qualities: { draft: 'FAST', hd: 'ULTRA' } } as const;

export const models = {
  'lucid-origin': {
    ...own,
    ...lucidQualities,
    title: 'Lucid Origin',
    /** Up to 3840 wide and 3616 high. */
    sizes: pixels(16, 3840, 3840 * 3616),
    styles: lucidOriginStyles,
  },
  'lucid-realism': {
    ...own,
    ...lucidQualities,
    title: 'Lucid Realism',
    sizes: pixels(16, 2496),
    maxPromptLength: 9999,
    styles: lucidRealismStyles,
    source: 'GitHub cluely/unmodel (2026-08-13)',
  },
  'phoenix-v1.0': { ...phoenix, title: 'Phoenix 1.0' },
  'phoenix-v0.9': { ...phoenix, title: 'Phoenix 0.9' },
  'flux-pro-2.0': {
    ...common,
    title: 'FLUX.2 Pro, by Black Forest Labs',
    /** How many at once is not published. */
    maxImages: 1,
    sizes: pixels(256, 1440),
    seed: { min: 0, max: 4_294_967_295 },
    edit: { ...inputs, maxInputs: 4 },
  },
  'nano-banana-2-lite': {
    ...common,
    title: 'Nano Banana 2 Lite, by Google',
    maxImages: 8,
    /** The published widths and heights, paired as Google's own model has them. */
    sizes: {
      kind: 'ratios',
      ratios: {
        '1:1': '1024x1024',
        '2:3': '848x1264',
        '3:2': '1264x848',
        '3:4': '896x1200',
        '4:3': '1200x896',
        '4:5': '928x1152',
        '5:4': '1152x928',
        '9:16': '768x1376',
        '16:9': '1376x768',
        '21:9': '1584x672',
      },
    },
    seed: { min: 0, max: 2_147_483_647 },
    styles: bananaStyles,
    edit: { ...inputs, maxInputs: 6 },
  },
  'universal-upscaler': {
    ...common,
    title: 'Universal Upscaler',
    maxImages: 1,
    sizes: { kind: 'none' },
    editsOnly: true,
    promptIsOptional: true,
    edit: { ...inputs, operations: ['upscale'] },
    source: 'OpenAPI document of REST v1 (2026-05-21)',
  },
} as const satisfies Record<string, ModelCard>;

export const defaultModel = 'lucid-origin';

/** What the vendor calls a way of leaning on a picture; the first is ours for `edit`. */
export const guidancesOf = (model: string): readonly [string, ...string[]] => {
  if (model.startsWith('phoenix')) return ['image_to_image', 'content', 'style', 'character'];
  return model.startsWith('lucid') ? ['content', 'style'] : ['image_reference'];
};

export const isUpscaler = (model: string): boolean => model === 'universal-upscaler';
