/** Refuses what a route does not take: the vendor would ignore it or answer 422. */
import { brokenRules, type OptionRule, unknownOptions } from '../kit/families/option-rules.ts';
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { GENERATE_ONLY, isV4 } from './models.ts';
import type { FireflyOptions } from './wire.ts';

type Args = RequestArgs<FireflyOptions> | EditArgs<FireflyOptions>;

const GENERATE_OPTIONS: readonly (keyof FireflyOptions)[] = ['presets', 'styleStrength', 'visualIntensity', 'locale'];

function optionsOf(args: Args): readonly (keyof FireflyOptions)[] {
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
      return ['reference', 'structureStrength', ...generateOptionsOf(model)];
    default:
      return isV4(model) ? ['locale', 'promptReasoner'] : generateOptionsOf(model);
  }
}

function generateOptionsOf(model: string): readonly (keyof FireflyOptions)[] {
  if (model === 'image4_custom')
    return [...GENERATE_OPTIONS.filter((name) => name !== 'visualIntensity'), 'customModelId', 'upsamplerType'];
  return model.endsWith('_custom') ? [...GENERATE_OPTIONS, 'customModelId'] : GENERATE_OPTIONS;
}

export function check(args: Args) {
  const { model, size, options } = args;
  const operation = 'operation' in args ? args.operation : undefined;
  const { reference, alignment, inset } = options;
  const known: readonly string[] = optionsOf(args);
  const needsReference = operation === 'edit' && !isV4(model);
  const hasStyle = (options.presets ?? (reference === 'style' || undefined)) !== undefined;
  const pixels = size === undefined ? '' : `${size.width}x${size.height}`;
  const rules: readonly OptionRule[] = [
    [
      needsReference && reference === undefined,
      'options.reference',
      `${model} needs to know what the image is used for`,
      'Pass options.reference style, structure or composite, or use image5, which changes the image itself.',
    ],
    [
      reference === 'composite' && (model !== 'image3' || GENERATE_ONLY.includes(pixels)),
      model === 'image3' ? 'size' : 'options.reference',
      `composites are not available ${model === 'image3' ? `in ${pixels}` : `with ${model}`}`,
      'Use image3 with another size.',
    ],
    [
      model.endsWith('_custom') && options.customModelId === undefined,
      'options.customModelId',
      `${model} needs the id of the trained model`,
      'Pass options.customModelId.',
    ],
    [
      operation === 'outpaint' && size === undefined,
      'size',
      'outpainting needs the size of the result',
      'Pass size, larger than the image.',
    ],
    [
      alignment !== undefined && inset !== undefined,
      'options.inset',
      'alignment and inset were both given',
      'Pass one of them.',
    ],
    [
      options.styleStrength !== undefined && known.includes('styleStrength') && !hasStyle,
      'options.styleStrength',
      'styleStrength needs a style, and none was given',
      'Pass options.presets, or an image with options.reference style.',
    ],
    [
      options.structureStrength !== undefined && reference !== 'structure',
      'options.structureStrength',
      'structureStrength needs options.reference structure',
      'Pass options.reference structure.',
    ],
  ];
  return [...unknownOptions(options, known, model, operation), ...brokenRules(rules)];
}
