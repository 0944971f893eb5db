/** What a model does not know: the vendor would ignore it or answer 400. */
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { optionsOf } from './models.ts';
import type { Options } from './wire.ts';

const MAX_PEOPLE = 5;
const MAX_THINGS = 9;

export function check(args: RequestArgs<Options> | EditArgs<Options>) {
  const { model, size, quality, options } = args;
  const { tags, subjects, ratio } = options;
  const inputs = 'inputs' in args ? args.inputs.length : 0;
  const known = optionsOf(model);
  const fits = (list: readonly unknown[] | undefined) => list === undefined || list.length === inputs;
  const isTiered = model.startsWith('grok') || model.startsWith('seedream');
  const rules: readonly (readonly [broken: boolean, field: string, message: string, hint: string])[] = [
    [!fits(tags), 'options.tags', `there are ${inputs} input pictures and ${tags?.length} tags`, 'Pass one for each.'],
    [new Set(tags).size !== (tags?.length ?? 0), 'options.tags', 'two pictures have the same tag', 'Tell them apart.'],
    [
      !fits(subjects),
      'options.subjects',
      `there are ${inputs} input pictures and ${subjects?.length} subjects`,
      'Pass one for each.',
    ],
    [
      (subjects ?? []).filter((each) => each === 'human').length > MAX_PEOPLE ||
        (subjects ?? []).filter((each) => each === 'object').length > MAX_THINGS,
      'options.subjects',
      `${model} knows at most ${MAX_PEOPLE} people and ${MAX_THINGS} things`,
      'Leave some out.',
    ],
    [
      ratio !== undefined && size !== undefined,
      'options.ratio',
      'a size and options.ratio were both given',
      'Pass one.',
    ],
    [
      ratio !== undefined && (ratio === 'auto') === isTiered,
      'options.ratio',
      `${model} does not know ${ratio}`,
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
      'there is no input picture',
      'Pass inputImages, or leave it out.',
    ],
  ];
  return [
    ...Object.keys(options)
      .filter((name) => !known.includes(name))
      .map((name) => ({
        field: `options.${name}`,
        message: `${model} has no option ${name}`,
        hint: `It has ${known.join(', ')}.`,
      })),
    ...rules.flatMap(([broken, field, message, hint]) => (broken ? [{ field, message, hint }] : [])),
  ];
}
