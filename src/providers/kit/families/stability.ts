/** What Stability AI's models share wherever they are hosted. Source: OpenAPI of the platform as generated into `Comfy-Org/ComfyUI`. */
import * as z from 'zod/mini';
import type { EditArgs, RequestArgs } from '../adapter/request-args.ts';
import type { OptionRule } from './option-rules.ts';

export const STYLE_PRESETS = [
  ...['enhance', 'anime', 'photographic', 'digital-art', 'comic-book', 'fantasy-art', 'line-art', 'analog-film'],
  ...['neon-punk', 'isometric', 'low-poly', 'origami', 'modeling-compound', 'cinematic', '3d-model', 'pixel-art'],
  'tile-texture',
] as const;

/** Pixels of one megapixel, for ultra and SD 3.5. */
export const MEGAPIXEL_RATIOS = {
  '1:1': '1024x1024',
  '5:4': '1088x896',
  '4:5': '896x1088',
  '3:2': '1216x832',
  '2:3': '832x1216',
  '16:9': '1344x768',
  '9:16': '768x1344',
  '21:9': '1536x640',
  '9:21': '640x1536',
} as const;

/** The same with edges 1.5 times as long, for core. From third-party sources, not verified. */
export const CORE_RATIOS = {
  '1:1': '1536x1536',
  '5:4': '1632x1344',
  '4:5': '1344x1632',
  '3:2': '1824x1248',
  '2:3': '1248x1824',
  '16:9': '2016x1152',
  '9:16': '1152x2016',
  '21:9': '2304x960',
  '9:21': '960x2304',
} as const;

/** The vendor reads 0 as "random", so a seed of 0 cannot be requested. */
export const STABILITY_SEED = { min: 1, max: 4_294_967_294 } as const;
export const STABILITY_PROMPT_LENGTH = 10_000;

/** Most edits refuse images outside these bounds. */
export const STABILITY_INPUT = { minEdge: 64, minPixels: 4_096, maxPixels: 9_437_184, maxRatio: 2.5 } as const;

const share = z.optional(z.number().check(z.minimum(0), z.maximum(1)));
const pixels = z.optional(z.int().check(z.minimum(0), z.maximum(2000)));
const text = z.optional(z.string().check(z.minLength(1), z.maxLength(10_000)));

/** Options that both hosts take. */
export const stabilityOptions = {
  /** How far the result may differ from the input image: 0 copies it, 1 ignores it. */
  strength: share,
  left: pixels,
  right: pixels,
  up: pixels,
  down: pixels,
  creativity: share,
  /** What to look for and replace. */
  search_prompt: text,
  /** What to look for and recolour. */
  select_prompt: text,
  control_strength: share,
  fidelity: share,
  style_strength: share,
  composition_fidelity: share,
  change_strength: z.optional(z.number().check(z.minimum(0.1), z.maximum(1))),
};

/** Pixels by which a mask, or the part that was found, grows. */
export const growMask = (max: number) => z.optional(z.int().check(z.minimum(0), z.maximum(max)));

/** What a model does, whatever the host calls it. */
export type StabilityTask = keyof typeof STABILITY_TASK_OPTIONS;

/** Options by task. */
export const STABILITY_TASK_OPTIONS = {
  generate: ['strength'],
  inpaint: ['grow_mask'],
  erase: ['grow_mask'],
  outpaint: ['left', 'right', 'up', 'down', 'creativity'],
  'search-and-replace': ['search_prompt', 'grow_mask'],
  'search-and-recolor': ['select_prompt', 'grow_mask'],
  sketch: ['control_strength'],
  structure: ['control_strength'],
  style: ['fidelity'],
  'style-transfer': ['style_strength', 'composition_fidelity', 'change_strength'],
  upscale: ['creativity'],
} as const;

/** Options without which a task is answered with 400. */
const REQUIRED: Partial<Readonly<Record<StabilityTask, 'search_prompt' | 'select_prompt'>>> = {
  'search-and-replace': 'search_prompt',
  'search-and-recolor': 'select_prompt',
};

interface Options {
  readonly strength?: number | undefined;
  readonly left?: number | undefined;
  readonly right?: number | undefined;
  readonly up?: number | undefined;
  readonly down?: number | undefined;
  readonly search_prompt?: string | undefined;
  readonly select_prompt?: string | undefined;
}

/** Rules that both hosts share. @param task `undefined` for a model without options */
export function stabilityRules(
  args: RequestArgs<Options> | EditArgs<Options>,
  task: StabilityTask | undefined,
): readonly OptionRule[] {
  const { model, options } = args;
  const { strength, left, right, up, down } = options;
  const required = task && REQUIRED[task];
  const isEdit = 'inputs' in args;
  return [
    [
      required !== undefined && options[required] === undefined,
      `options.${required}`,
      `${model} needs to know what to look for`,
      `Pass options.${required}.`,
    ],
    [
      task === 'generate' && isEdit && strength === undefined,
      'options.strength',
      `${model} needs to know how far the result may differ from the input image`,
      'Pass options.strength, from 0 (a copy) to 1 (ignores it).',
    ],
    [
      task === 'generate' && !isEdit && strength !== undefined,
      'options.strength',
      'strength applies to an input image, and none was given',
      'Pass inputImages, or leave it out.',
    ],
    [
      task === 'outpaint' && ![left, right, up, down].some((side) => side !== undefined && side > 0),
      'options.left',
      `${model} needs to know on which sides to extend the image`,
      'Pass one or more of options.left, right, up, down, in pixels.',
    ],
    [
      task === 'style-transfer' && isEdit && args.inputs.length !== 2,
      'inputImages',
      `${model} takes two images: the one to change, and the one with the style`,
      'Pass both.',
    ],
  ];
}
