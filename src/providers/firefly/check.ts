/** What a route does not know: the vendor would ignore it or answer 422. */
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { GENERATE_ONLY, isV4 } from './models.ts';
import type { Options } from './wire.ts';

type Args = RequestArgs<Options> | EditArgs<Options>;

const DRAWING: readonly (keyof Options)[] = ['presets', 'styleStrength', 'visualIntensity', 'locale'];

function optionsOf(args: Args): readonly (keyof Options)[] {
  const { model, options } = args;
  switch ('operation' in args ? args.operation : undefined) {
    case 'inpaint':
    case 'variation':
      return [];
    case 'outpaint':
      return ['alignment', 'inset'];
    case 'upscale':
      return ['upscaleFactor'];
    case 'edit':
      if (isV4(model)) return ['locale', 'promptReasoner'];
      if (options.reference === 'composite') return ['reference', 'presets', 'styleStrength', 'alignment', 'inset'];
      return ['reference', 'structureStrength', ...drawingOf(model)];
    default:
      return isV4(model) ? ['locale', 'promptReasoner'] : drawingOf(model);
  }
}

function drawingOf(model: string): readonly (keyof Options)[] {
  if (model === 'image4_custom')
    return [...DRAWING.filter((name) => name !== 'visualIntensity'), 'customModelId', 'upsamplerType'];
  return model.endsWith('_custom') ? [...DRAWING, 'customModelId'] : DRAWING;
}

export function check(args: Args) {
  const { model, size, options } = args;
  const operation = 'operation' in args ? args.operation : undefined;
  const { reference, alignment, inset } = options;
  const known: readonly string[] = optionsOf(args);
  const isReferred = operation === 'edit' && !isV4(model);
  const isStyled = (options.presets ?? (reference === 'style' || undefined)) !== undefined;
  const sized = size === undefined ? '' : `${size.width}x${size.height}`;
  const rules: readonly (readonly [broken: boolean, field: string, message: string, hint: string])[] = [
    [
      isReferred && reference === undefined,
      'options.reference',
      `${model} has to know what the picture is for`,
      'Pass options.reference style, structure or composite, or use image5, which changes the picture itself.',
    ],
    [
      reference === 'composite' && (model !== 'image3' || GENERATE_ONLY.includes(sized)),
      model === 'image3' ? 'size' : 'options.reference',
      `composites are not drawn ${model === 'image3' ? `in ${sized}` : `by ${model}`}`,
      'Use image3, in another size.',
    ],
    [
      model.endsWith('_custom') && options.customModelId === undefined,
      'options.customModelId',
      `${model} has to know which trained model is meant`,
      'Pass its id.',
    ],
    [
      operation === 'outpaint' && size === undefined,
      'size',
      'how large the picture is to become was not said',
      'Pass size, larger than the picture.',
    ],
    [
      alignment !== undefined && inset !== undefined,
      'options.inset',
      'alignment and inset were both given',
      'Pass one of them.',
    ],
    [
      options.styleStrength !== undefined && known.includes('styleStrength') && !isStyled,
      'options.styleStrength',
      'there is no style whose strength this could be',
      'Pass options.presets, or a picture with options.reference style.',
    ],
    [
      options.structureStrength !== undefined && reference !== 'structure',
      'options.structureStrength',
      'there is no structure whose strength this could be',
      'Pass options.reference structure.',
    ],
  ];
  return [
    ...Object.keys(options)
      .filter((name) => !known.includes(name))
      .map((name) => ({
        field: `options.${name}`,
        message: `${model} has no option ${name}${operation === undefined ? '' : ` in ${operation}`}`,
        hint: known.length > 0 ? `It has ${known.join(', ')}.` : 'It has none.',
      })),
    ...rules.flatMap(([broken, field, message, hint]) => (broken ? [{ field, message, hint }] : [])),
  ];
}
