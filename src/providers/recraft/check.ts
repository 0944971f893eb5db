/** What a route does not have or cannot do without: refused before the call. */
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { isFlash, isStyled, isTool } from './models.ts';
import type { Options } from './wire.ts';

const ANY = ['controls', 'block_nsfw', 'creativity', 'upscale'] as const;
const STYLE = ['style_id', 'style_match'] as const;
/** Of all style references together. */
const MAX_REFERENCE_BYTES = 64 * 1024 * 1024;
const SIDES = ['expand_left', 'expand_right', 'expand_top', 'expand_bottom'] as const;

function optionsOf(model: string, operation: string | undefined): readonly string[] {
  if (isTool(model)) return [];
  if (isFlash(model)) return ANY;
  if (isStyled(model)) return [...STYLE, 'style_reference_urls', ...ANY];
  const own = operation === 'edit' ? ['strength'] : operation === 'outpaint' ? [...SIDES, 'zoom_out_percentage'] : [];
  const styled = /^recraftv[23]/.test(model) ? ['substyle'] : [];
  return [...STYLE, ...ANY, ...own, ...styled, ...(model.startsWith('recraftv3') ? ['text_layout'] : [])];
}

export function check(args: RequestArgs<Options> | EditArgs<Options>) {
  const { model, options, size, style } = args;
  const operation = 'inputs' in args ? args.operation : undefined;
  const files = 'inputs' in args ? args.inputs : [];
  const known = optionsOf(model, operation);
  const rules: readonly (readonly [broken: boolean, field: string, message: string, hint: string])[] = [
    [
      operation === 'edit' && !isTool(model) && !isStyled(model) && options.strength === undefined,
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
    ...(isStyled(model)
      ? ([
          [
            [options.style_id, options.style_reference_urls, files[0]].filter((each) => each !== undefined).length !==
              1,
            'options.style_id',
            `${model} takes one of options.style_id, options.style_reference_urls and inputImages, and needs one`,
            'Pass the id of a style, or one to ten images whose style is to be kept.',
          ],
          [
            files.reduce((sum, { bytes }) => sum + bytes.length, 0) > MAX_REFERENCE_BYTES,
            'inputImages',
            `the images have more than ${MAX_REFERENCE_BYTES} bytes together`,
            'Pass fewer or smaller ones.',
          ],
        ] as const)
      : []),
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
