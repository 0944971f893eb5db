/** What a service does not know, or cannot do without: the vendor would answer 400. */
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { routeOf } from './models.ts';
import type { Options } from './wire.ts';

type Name = keyof Options;

/** By route. */
const OPTIONS: Readonly<Record<string, readonly Name[]>> = {
  'generate/ultra': ['strength'],
  'generate/core': [],
  'generate/sd3': ['strength', 'cfg_scale'],
  'edit/inpaint': ['grow_mask'],
  'edit/erase': ['grow_mask'],
  'edit/outpaint': ['left', 'right', 'up', 'down', 'creativity'],
  'edit/search-and-replace': ['search_prompt', 'grow_mask'],
  'edit/search-and-recolor': ['select_prompt', 'grow_mask'],
  'edit/remove-background': [],
  'edit/replace-background-and-relight': [
    ...(['foreground_prompt', 'preserve_original_subject', 'original_background_depth'] as const),
    ...(['keep_original_background', 'light_source_direction', 'light_source_strength'] as const),
  ],
  'control/sketch': ['control_strength'],
  'control/structure': ['control_strength'],
  'control/style': ['fidelity'],
  'control/style-transfer': ['style_strength', 'composition_fidelity', 'change_strength'],
  'upscale/fast': [],
  'upscale/conservative': ['creativity'],
  'upscale/creative': ['creativity'],
};
/** Those without which the service answers 400. */
const NEEDED: Readonly<Record<string, Name>> = {
  'edit/search-and-replace': 'search_prompt',
  'edit/search-and-recolor': 'select_prompt',
};
/** Narrower than the schema's. */
const CREATIVITY: Readonly<Record<string, readonly [least: number, most: number]>> = {
  'upscale/conservative': [0.2, 0.5],
  'upscale/creative': [0.1, 0.5],
};
const WIDE_MASK_ROUTE = 'edit/inpaint';
const GROWTH = 20;

export function check(args: RequestArgs<Options> | EditArgs<Options>) {
  const { model, options } = args;
  const { creativity, grow_mask: growth, strength } = options;
  const route = routeOf(model);
  const known = OPTIONS[route] ?? [];
  const needed = NEEDED[route];
  const [least = 0, most = 1] = CREATIVITY[route] ?? [];
  const isEdit = 'inputs' in args;
  const isDrawing = route.startsWith('generate/');
  const sides = [options.left, options.right, options.up, options.down];
  const rules: readonly (readonly [broken: boolean, field: string, message: string, hint: string])[] = [
    [
      needed !== undefined && options[needed] === undefined,
      `options.${needed}`,
      `${model} has to know what to look for`,
      `Pass options.${needed}.`,
    ],
    [
      isDrawing && isEdit && strength === undefined,
      'options.strength',
      `${model} has to know how far from the picture it may go`,
      'Pass options.strength, from 0 (a copy) to 1 (ignores it).',
    ],
    [
      isDrawing && !isEdit && strength !== undefined,
      'options.strength',
      'strength belongs to an input picture',
      'Pass inputImages, or leave it out.',
    ],
    [
      route === 'edit/outpaint' && !sides.some((side) => side !== undefined && side > 0),
      'options.left',
      `${model} has to know where to paint`,
      'Pass one or more of options.left, right, up, down, in pixels.',
    ],
    [
      creativity !== undefined && (creativity < least || creativity > most),
      'options.creativity',
      `creativity of ${model} is from ${least} to ${most}`,
      'Pass a value within these bounds.',
    ],
    [
      growth !== undefined && growth > GROWTH && route !== WIDE_MASK_ROUTE,
      'options.grow_mask',
      `grow_mask of ${model} is at most ${GROWTH}`,
      'Pass fewer pixels.',
    ],
    [
      route === 'control/style-transfer' && isEdit && args.inputs.length !== 2,
      'inputImages',
      `${model} takes two pictures: what to change, and whose style`,
      'Pass both.',
    ],
  ];
  return [
    ...Object.keys(options)
      .filter((name) => !(known as readonly string[]).includes(name))
      .map((name) => ({
        field: `options.${name}`,
        message: `${model} has no option ${name}`,
        hint: known.length === 0 ? 'It has none.' : `It has ${known.join(', ')}.`,
      })),
    ...rules.flatMap(([broken, field, message, hint]) => (broken ? [{ field, message, hint }] : [])),
  ];
}
