/** What a route does not know: the vendor would ignore it or answer 422. */
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { familyOf, models } from './models.ts';
import { furtherOptions, type Options, optionsOf } from './wire.ts';

export function check({ model, card, safety, size, options }: RequestArgs<Options> | EditArgs<Options>) {
  const family = familyOf(model);
  const known: readonly string[] = [...optionsOf[family], ...(furtherOptions[model] ?? [])];
  const strangers = Object.keys(options).filter((name) => !known.includes(name));
  /** The most permissive word of the card is the largest number. Models without a card are left to the vendor. */
  const maxTolerance = Object.hasOwn(models, model) ? Number(card.safety?.relaxed ?? 7) : 7;
  const rules: readonly (readonly [broken: boolean, field: string, message: string, hint: string])[] = [
    [
      safety !== undefined && options.safety_tolerance !== undefined,
      'options.safety_tolerance',
      'safety and options.safety_tolerance were both given',
      'Pass one of them.',
    ],
    [
      (options.safety_tolerance ?? 0) > maxTolerance,
      'options.safety_tolerance',
      `${model} takes a safety_tolerance of 0 to ${maxTolerance}`,
      `Pass ${maxTolerance} or less.`,
    ],
    [
      family === 'expand' && !['top', 'bottom', 'left', 'right'].some((side) => Number(options[side as 'top']) > 0),
      'options.left',
      `${model} has to know where to paint`,
      'Pass one or more of options.top, bottom, left, right, in pixels.',
    ],
    [
      family === 'outpainting' && size === undefined,
      'size',
      `${model} has to know how large the canvas is to be`,
      'Pass size, larger than the picture.',
    ],
  ];
  return [
    ...strangers.map((name) => ({
      field: `options.${name}`,
      message: `${model} has no option ${name}`,
      hint: `It has ${known.join(', ')}.`,
    })),
    ...rules.flatMap(([broken, field, message, hint]) => (broken ? [{ field, message, hint }] : [])),
  ];
}
