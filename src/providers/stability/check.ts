/** Refuses options that a service does not have, and requests without the ones it requires; the vendor would answer 400. */
import { brokenRules, type OptionRule, unknownOptions } from '../kit/families/option-rules.ts';
import { STABILITY_TASK_OPTIONS, type StabilityTask, stabilityRules } from '../kit/families/stability.ts';
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { routeOf } from './models.ts';
import type { StabilityOptions } from './wire.ts';

/** By route. */
const TASKS: Readonly<Record<string, StabilityTask>> = {
  'generate/ultra': 'generate',
  'generate/core': 'generate',
  'generate/sd3': 'generate',
  'edit/inpaint': 'inpaint',
  'edit/erase': 'erase',
  'edit/outpaint': 'outpaint',
  'edit/search-and-replace': 'search-and-replace',
  'edit/search-and-recolor': 'search-and-recolor',
  'control/sketch': 'sketch',
  'control/structure': 'structure',
  'control/style': 'style',
  'control/style-transfer': 'style-transfer',
  'upscale/conservative': 'upscale',
  'upscale/creative': 'upscale',
};
/** Routes whose options differ from those of their task, or that have no task shared with other hosts. */
const OWN_OPTIONS: Readonly<Record<string, readonly (keyof StabilityOptions)[]>> = {
  'generate/core': [],
  'generate/sd3': ['strength', 'cfg_scale'],
  'edit/replace-background-and-relight': [
    ...(['foreground_prompt', 'preserve_original_subject', 'original_background_depth'] as const),
    ...(['keep_original_background', 'light_source_direction', 'light_source_strength'] as const),
  ],
};
/** Narrower bounds than the schema's. */
const CREATIVITY: Readonly<Record<string, readonly [min: number, max: number]>> = {
  'upscale/conservative': [0.2, 0.5],
  'upscale/creative': [0.1, 0.5],
};
const WIDE_MASK_ROUTE = 'edit/inpaint';
/** Pixels, on every other route. */
const MAX_GROWTH = 20;

export function check(args: RequestArgs<StabilityOptions> | EditArgs<StabilityOptions>) {
  const { model, options } = args;
  const { creativity, grow_mask: growth } = options;
  const route = routeOf(model);
  const task = TASKS[route];
  const known = OWN_OPTIONS[route] ?? (task === undefined ? [] : STABILITY_TASK_OPTIONS[task]);
  const [min = 0, max = 1] = CREATIVITY[route] ?? [];
  const rules: readonly OptionRule[] = [
    ...stabilityRules(args, task),
    [
      creativity !== undefined && (creativity < min || creativity > max),
      'options.creativity',
      `creativity of ${model} is from ${min} to ${max}`,
      'Pass a value within these bounds.',
    ],
    [
      growth !== undefined && growth > MAX_GROWTH && route !== WIDE_MASK_ROUTE,
      'options.grow_mask',
      `grow_mask of ${model} is at most ${MAX_GROWTH}`,
      'Pass fewer pixels.',
    ],
  ];
  return [...unknownOptions(options, known, model), ...brokenRules(rules)];
}
