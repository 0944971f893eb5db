/** Refuses what a model does not take: the vendor would ignore it or answer 400. */
import { brokenRules, type OptionRule, unknownOptions } from '../kit/families/option-rules.ts';
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { optionsOf } from './models.ts';
import type { RunwayOptions } from './wire.ts';

const MAX_PEOPLE = 5;
const MAX_OBJECTS = 9;

export function check(args: RequestArgs<RunwayOptions> | EditArgs<RunwayOptions>) {
  const { model, size, quality, options } = args;
  const { tags, subjects, ratio } = options;
  const inputs = 'inputs' in args ? args.inputs.length : 0;
  const known = optionsOf(model);
  const fits = (list: readonly unknown[] | undefined) => list === undefined || list.length === inputs;
  const isTiered = model.startsWith('grok') || model.startsWith('seedream');
  const rules: readonly OptionRule[] = [
    [!fits(tags), 'options.tags', `there are ${inputs} input images and ${tags?.length} tags`, 'Pass one for each.'],
    [
      new Set(tags).size !== (tags?.length ?? 0),
      'options.tags',
      'two images have the same tag',
      'Use a different tag for each image.',
    ],
    [
      !fits(subjects),
      'options.subjects',
      `there are ${inputs} input images and ${subjects?.length} subjects`,
      'Pass one for each.',
    ],
    [
      (subjects ?? []).filter((each) => each === 'human').length > MAX_PEOPLE ||
        (subjects ?? []).filter((each) => each === 'object').length > MAX_OBJECTS,
      'options.subjects',
      `${model} takes at most ${MAX_PEOPLE} humans and ${MAX_OBJECTS} objects`,
      'Pass fewer.',
    ],
    [
      ratio !== undefined && size !== undefined,
      'options.ratio',
      'size and options.ratio were both given',
      'Pass one of them.',
    ],
    [
      ratio !== undefined && (ratio === 'auto') === isTiered,
      'options.ratio',
      `${model} has no ratio ${ratio}`,
      `Pass ${isTiered ? 'auto_1k or auto_2k' : 'auto'}.`,
    ],
    [
      options.quality !== undefined && quality !== undefined,
      'options.quality',
      'quality and options.quality were both given',
      'Pass one of them.',
    ],
    [
      options.edit !== undefined && inputs === 0,
      'options.edit',
      'this option needs an input image, and none was given',
      'Pass inputImages, or leave it out.',
    ],
  ];
  return [...unknownOptions(options, known, model), ...brokenRules(rules)];
}
