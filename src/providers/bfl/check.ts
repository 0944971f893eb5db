/** Refuses what a route does not take: the vendor would ignore it or answer 422. */
import { brokenRules, type OptionRule, unknownOptions } from '../kit/families/option-rules.ts';
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { familyOf, models } from './models.ts';
import { type BflOptions, furtherOptions, optionsOf } from './wire.ts';

export function check({ model, card, safety, size, options }: RequestArgs<BflOptions> | EditArgs<BflOptions>) {
  const family = familyOf(model);
  const known: readonly string[] = [...optionsOf[family], ...(furtherOptions[model] ?? [])];
  /** The card's most permissive level is the largest number. For models without a card, the vendor decides. */
  const maxTolerance = Object.hasOwn(models, model) ? Number(card.safety?.relaxed ?? 7) : 7;
  const rules: readonly OptionRule[] = [
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
      `${model} needs to know on which sides to extend the image`,
      'Pass one or more of options.top, bottom, left, right, in pixels.',
    ],
    [
      family === 'outpainting' && size === undefined,
      'size',
      `${model} needs the size of the canvas`,
      'Pass size, larger than the image.',
    ],
  ];
  return [...unknownOptions(options, known, model), ...brokenRules(rules)];
}
