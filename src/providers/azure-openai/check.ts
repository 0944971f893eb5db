/** Refuses before the call what the service would answer with 400 or 404. */
import { brokenRules, type OptionRule } from '../kit/families/option-rules.ts';
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { hasLayoutAndSearch } from './mai-models.ts';
import { isMai } from './mai-requests.ts';
import type { AzureOpenAiOptions, AzureOpenAiSettings } from './wire.ts';

/** Options of the MAI models; the other families have none of them. */
const MAI_OPTIONS = ['auto_aspect_ratio', 'web_grounding'];

export function check(
  args: RequestArgs<AzureOpenAiOptions, AzureOpenAiSettings> | EditArgs<AzureOpenAiOptions, AzureOpenAiSettings>,
) {
  const { model, format = 'png', size, quality, isStreaming, options, settings } = args;
  const { modelFamily: family = 'a deployment without modelFamily' } = settings;
  const isEdit = 'inputs' in args;
  const { output_compression, partial_images, input_fidelity } = options;
  const isMaiFamily = isMai(settings);
  const strangers = Object.keys(options).filter((name) => MAI_OPTIONS.includes(name) !== isMaiFamily);
  if (strangers.length > 0) {
    const hint = isMaiFamily
      ? `It has ${MAI_OPTIONS.join(', ')}.`
      : 'Set modelFamily to the MAI model, or leave it out.';
    return strangers.map((name) => ({ field: `options.${name}`, message: `${family} has no option ${name}`, hint }));
  }
  const rules: readonly OptionRule[] = [
    [model === '', 'model', 'no deployment is set', 'Pass model, or the setting deployment.'],
    [
      output_compression !== undefined && format !== 'jpeg',
      'options.output_compression',
      `${format} has no lossy compression`,
      'Pass format jpeg.',
    ],
    [
      partial_images !== undefined && !isStreaming,
      'options.partial_images',
      'partial images are available only while streaming',
      'Use stream().',
    ],
    [
      input_fidelity !== undefined && (!isEdit || settings.modelFamily === 'gpt-image-1-mini'),
      'options.input_fidelity',
      isEdit ? 'gpt-image-1-mini has no input_fidelity' : 'input_fidelity applies to edits only',
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
      isMaiFamily && Object.keys(options).length > 0 && !hasLayoutAndSearch(family),
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
  return brokenRules(rules);
}
