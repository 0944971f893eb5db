/** What a route does not have or cannot do without: refused before the call. */
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { isTool } from './models.ts';
import type { Options } from './wire.ts';

const ANY = ['style_id', 'style_match', 'controls', 'block_nsfw', 'creativity', 'upscale'] as const;
const SIDES = ['expand_left', 'expand_right', 'expand_top', 'expand_bottom'] as const;

function optionsOf(model: string, operation: string | undefined): readonly string[] {
  if (isTool(model)) return [];
  const own = operation === 'edit' ? ['strength'] : operation === 'outpaint' ? [...SIDES, 'zoom_out_percentage'] : [];
  const styled = /^recraftv[23]/.test(model) ? ['substyle'] : [];
  return [...ANY, ...own, ...styled, ...(model.startsWith('recraftv3') ? ['text_layout'] : [])];
}

export function check(args: RequestArgs<Options> | EditArgs<Options>) {
  const { model, options, size, style } = args;
  const operation = 'inputs' in args ? args.operation : undefined;
  const known = optionsOf(model, operation);
  const rules: readonly (readonly [broken: boolean, field: string, message: string, hint: string])[] = [
    [
      operation === 'edit' && !isTool(model) && options.strength === undefined,
      'options.strength',
      `${model} has to know how far from the picture it may go`,
      'Pass options.strength, from 0 (the same) to 1.',
    ],
    [
      operation === 'outpaint' &&
        size === undefined &&
        options.zoom_out_percentage === undefined &&
        !SIDES.some((side) => (options[side] ?? 0) > 0),
      'options.expand_left',
      `${model} has to know where to paint`,
      'Pass size, options.zoom_out_percentage, or one or more of options.expand_left, _right, _top, _bottom.',
    ],
    [
      options.substyle !== undefined && style === undefined,
      'options.substyle',
      'a substyle belongs to a style',
      'Pass style too.',
    ],
    [
      options.style_id !== undefined && style !== undefined,
      'options.style_id',
      'style and options.style_id were both given',
      'Pass one of them.',
    ],
  ];
  return [
    ...Object.keys(options)
      .filter((name) => !known.includes(name))
      .map((name) => ({
        field: `options.${name}`,
        message: `${model} has no option ${name}${operation === undefined ? '' : ` in ${operation}`}`,
        hint: known.length === 0 ? 'It has none.' : `It has ${known.join(', ')}.`,
      })),
    ...rules.flatMap(([broken, field, message, hint]) => (broken ? [{ field, message, hint }] : [])),
  ];
}
