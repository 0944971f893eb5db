/** What a model does not have or cannot do without, and where it is not: refused before the call. */
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { regionsOf, serviceOf } from './models.ts';
import type { Options, Settings } from './wire.ts';

/** By service; the empty name stands for the models that draw from words. */
const OPTIONS: Readonly<Record<string, readonly (keyof Options)[]>> = {
  '': ['strength'],
  inpaint: ['grow_mask'],
  'erase-object': ['grow_mask'],
  outpaint: ['left', 'right', 'up', 'down', 'creativity'],
  'search-replace': ['search_prompt', 'grow_mask'],
  'search-recolor': ['select_prompt', 'grow_mask'],
  'control-sketch': ['control_strength'],
  'control-structure': ['control_strength'],
  'style-guide': ['fidelity'],
  'style-transfer': ['style_strength', 'composition_fidelity', 'change_strength'],
  'creative-upscale': ['creativity'],
  'conservative-upscale': ['creativity'],
};
const NEEDED: Readonly<Record<string, keyof Options>> = {
  'search-replace': 'search_prompt',
  'search-recolor': 'select_prompt',
};

export function check(args: RequestArgs<Options, Settings> | EditArgs<Options, Settings>) {
  const { model, options, settings } = args;
  const { strength, left, right, up, down } = options;
  const service = serviceOf(model);
  const isEdit = 'inputs' in args;
  const known: readonly string[] = OPTIONS[service] ?? [];
  const needed = NEEDED[service];
  const regions = regionsOf(model);
  const elsewhere =
    regions === undefined || regions.includes(settings.region)
      ? []
      : [
          {
            code: 'unsupported' as const,
            field: 'model',
            message: `${model} is not in ${settings.region}`,
            hint: `Pass the setting region: ${regions.join(' or ')}.`,
          },
        ];
  const rules: readonly (readonly [broken: boolean, field: string, message: string, hint: string])[] = [
    [
      needed !== undefined && options[needed] === undefined,
      `options.${needed}`,
      `${model} has to know what to look for`,
      `Pass options.${needed}.`,
    ],
    [
      service === '' && isEdit && strength === undefined,
      'options.strength',
      `${model} has to know how far from the picture it may go`,
      'Pass options.strength, from 0 (a copy) to 1 (ignores it).',
    ],
    [
      service === '' && !isEdit && strength !== undefined,
      'options.strength',
      'strength belongs to an input picture',
      'Pass inputImages, or leave it out.',
    ],
    [
      service === 'outpaint' && ![left, right, up, down].some((side) => side !== undefined && side > 0),
      'options.left',
      `${model} has to know where to paint`,
      'Pass one or more of options.left, right, up, down, in pixels.',
    ],
    [
      service === 'style-transfer' && isEdit && args.inputs.length !== 2,
      'inputImages',
      `${model} takes two pictures: what to change, and whose style`,
      'Pass both.',
    ],
  ];
  return [
    ...elsewhere,
    ...Object.keys(options)
      .filter((name) => !known.includes(name))
      .map((name) => ({
        field: `options.${name}`,
        message: `${model} has no option ${name}`,
        hint: known.length === 0 ? 'It has none.' : `It has ${known.join(', ')}.`,
      })),
    ...rules.flatMap(([broken, field, message, hint]) => (broken ? [{ field, message, hint }] : [])),
  ];
}
