/** Refuses what a model does not take: the vendor would ignore it or answer with an error. */
import { brokenRules, type OptionRule, unknownOptions } from '../kit/families/option-rules.ts';
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { guidancesOf } from './models.ts';
import { isUltra, type LeonardoOptions, optionsOf } from './wire.ts';

const MAX_HEIGHT = 3616;

export function check(args: RequestArgs<LeonardoOptions> | EditArgs<LeonardoOptions>) {
  const { model, size, style, options } = args;
  const { guidance, strength, style_id: styleId } = options;
  const known = optionsOf(model);
  const guidances = guidancesOf(model);
  const inputs = 'inputs' in args ? args.inputs.length : 0;
  const usedGuidance = guidance ?? guidances[0];
  const takesSeveral = usedGuidance === 'style' || usedGuidance === 'image_reference';
  const rules: readonly OptionRule[] = [
    [
      style !== undefined && styleId !== undefined,
      'options.style_id',
      'style and options.style_id were both given',
      'Pass one of them.',
    ],
    [
      inputs === 0 && (guidance ?? strength) !== undefined,
      guidance === undefined ? 'options.strength' : 'options.guidance',
      'this option needs an input image, and none was given',
      'Pass inputImages, or leave it out.',
    ],
    [
      guidance !== undefined && !guidances.includes(guidance),
      'options.guidance',
      `${model} has no guidance ${guidance}`,
      `Pass ${guidances.join(', ')}.`,
    ],
    [
      (strength === 'ULTRA' || strength === 'MAX') && usedGuidance !== 'style',
      'options.strength',
      `${strength} works with guidance style only`,
      'Pass LOW, MID or HIGH.',
    ],
    [
      inputs > 1 && !takesSeveral,
      'inputImages',
      `${usedGuidance} takes one image and ${inputs} were given`,
      'Pass one, or options.guidance style.',
    ],
    [
      (options.similarity ?? options.detailContrast) !== undefined && !isUltra(options.upscaleStyle),
      options.similarity === undefined ? 'options.detailContrast' : 'options.similarity',
      'this option works with an ultra style only',
      'Pass options.upscaleStyle ARTISTIC or REALISTIC too.',
    ],
    [
      model === 'lucid-origin' && (size?.height ?? 0) > MAX_HEIGHT,
      'size',
      `${model} generates images of at most ${MAX_HEIGHT} pixels in height`,
      'Pass a size with a smaller height.',
    ],
  ];
  return [...unknownOptions(options, known, model), ...brokenRules(rules)];
}
