/** What a route does not know: the vendor would ignore it or answer 422. */
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { familyOf } from './models.ts';
import { furtherOptions, type Options, optionsOf } from './wire.ts';

export function check({ model, safety, size, options }: RequestArgs<Options> | EditArgs<Options>) {
  const family = familyOf(model);
  const known: readonly string[] = [...optionsOf[family], ...(furtherOptions[model] ?? [])];
  const strangers = Object.keys(options).filter((name) => !known.includes(name));
  const rules: readonly (readonly [broken: boolean, field: string, message: string, hint: string])[] = [
    [
      safety !== undefined && options.safety_tolerance !== undefined,
      'options.safety_tolerance',
      'safety and options.safety_tolerance were both given',
      'Pass one of them.',
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
