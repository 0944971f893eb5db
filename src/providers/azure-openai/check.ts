/** What the service answers with 400 or 404, refused before the call. */
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { isMai } from './mai.ts';
import { hasLayoutAndSearch } from './mai-models.ts';
import type { Options, Settings } from './wire.ts';

/** Options that every family of one kind has. */
const MAI_OPTIONS = ['auto_aspect_ratio', 'web_grounding'];

export function check(args: RequestArgs<Options, Settings> | EditArgs<Options, Settings>) {
  const { model, format = 'png', size, quality, isStreaming, options, settings } = args;
  const { modelFamily: family = 'a deployment without modelFamily' } = settings;
  const isEdit = 'inputs' in args;
  const { output_compression, partial_images, input_fidelity } = options;
  const isOfMai = isMai(settings);
  const strangers = Object.keys(options).filter((name) => MAI_OPTIONS.includes(name) !== isOfMai);
  if (strangers.length > 0) {
    const hint = isOfMai ? `It has ${MAI_OPTIONS.join(', ')}.` : 'Set modelFamily to the MAI model, or leave it out.';
    return strangers.map((name) => ({ field: `options.${name}`, message: `${family} has no option ${name}`, hint }));
  }
  const rules: readonly (readonly [broken: boolean, field: string, message: string, hint: string])[] = [
    [model === '', 'model', 'no deployment is named', 'Pass model, or the setting deployment.'],
    [
      output_compression !== undefined && format !== 'jpeg',
      'options.output_compression',
      `${format} is not compressed with loss`,
      'Pass format jpeg.',
    ],
    [
      partial_images !== undefined && !isStreaming,
      'options.partial_images',
      'unfinished pictures come only while streaming',
      'Use stream().',
    ],
    [
      input_fidelity !== undefined && (!isEdit || settings.modelFamily === 'gpt-image-1-mini'),
      'options.input_fidelity',
      isEdit ? 'gpt-image-1-mini has no input_fidelity' : 'input_fidelity belongs to edits',
      isEdit ? 'Leave it out.' : 'Pass inputImages, or leave it out.',
    ],
    [
      quality !== undefined && options.quality !== undefined,
      'options.quality',
      'quality and options.quality were both given',
      'Pass one of them.',
    ],
    [
      options.quality !== undefined && !family.startsWith('gpt-image-2.5'),
      'options.quality',
      `${family} has no quality ${options.quality}`,
      'Set modelFamily to the 2.5 model that the deployment runs, or use quality hd.',
    ],
    [
      isOfMai && Object.keys(options).length > 0 && !hasLayoutAndSearch(family),
      'options',
      `${family} has no options`,
      'Leave them out, or use a 2.6 or later model.',
    ],
    [
      options.auto_aspect_ratio === true && size !== undefined,
      'options.auto_aspect_ratio',
      'size and auto_aspect_ratio were both given',
      'Pass one of them.',
    ],
  ];
  return rules.flatMap(([broken, field, message, hint]) => (broken ? [{ field, message, hint }] : []));
}
