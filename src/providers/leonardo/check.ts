/** What a model does not know: the vendor would ignore it or answer with an error. */
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { guidancesOf } from './models.ts';
import { isUltra, type Options, optionsOf } from './wire.ts';

const MAX_HEIGHT = 3616;

export function check(args: RequestArgs<Options> | EditArgs<Options>) {
  const { model, size, style, options } = args;
  const { guidance, strength, style_id: styleId } = options;
  const known = optionsOf(model);
  const ways = guidancesOf(model);
  const inputs = 'inputs' in args ? args.inputs.length : 0;
  const way = guidance ?? ways[0];
  const isMany = way === 'style' || way === 'image_reference';
  const rules: readonly (readonly [broken: boolean, field: string, message: string, hint: string])[] = [
    [
      style !== undefined && styleId !== undefined,
      'options.style_id',
      'style and options.style_id were both given',
      'Pass one of them.',
    ],
    [
      inputs === 0 && (guidance ?? strength) !== undefined,
      guidance === undefined ? 'options.strength' : 'options.guidance',
      'there is no input picture',
      'Pass inputImages, or leave it out.',
    ],
    [
      guidance !== undefined && !ways.includes(guidance),
      'options.guidance',
      `${model} does not take over ${guidance}`,
      `Pass ${ways.join(', ')}.`,
    ],
    [
      (strength === 'ULTRA' || strength === 'MAX') && way !== 'style',
      'options.strength',
      `${strength} is for styles only`,
      'Pass LOW, MID or HIGH.',
    ],
    [
      inputs > 1 && !isMany,
      'inputImages',
      `${way} takes one picture and ${inputs} were given`,
      'Pass one, or options.guidance style.',
    ],
    [
      (options.similarity ?? options.detailContrast) !== undefined && !isUltra(options.upscaleStyle),
      options.similarity === undefined ? 'options.detailContrast' : 'options.similarity',
      'only an ultra style takes this',
      'Pass options.upscaleStyle ARTISTIC or REALISTIC too.',
    ],
    [
      model === 'lucid-origin' && (size?.height ?? 0) > MAX_HEIGHT,
      'size',
      `${model} draws at most ${MAX_HEIGHT} pixels high`,
      'Pass a lower size.',
    ],
  ];
  return [
    ...Object.keys(options)
      .filter((name) => !(known as readonly string[]).includes(name))
      .map((name) => ({
        field: `options.${name}`,
        message: `${model} has no option ${name}`,
        hint: `It has ${known.join(', ')}.`,
      })),
    ...rules.flatMap(([broken, field, message, hint]) => (broken ? [{ field, message, hint }] : [])),
  ];
}
