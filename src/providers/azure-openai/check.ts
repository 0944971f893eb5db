/** What the service answers with 400 or 404, refused before the call. */
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import type { Options, Settings } from './wire.ts';

export function check(args: RequestArgs<Options, Settings> | EditArgs<Options, Settings>) {
  const { model, format = 'png', isStreaming, options, settings } = args;
  const isEdit = 'inputs' in args;
  const { output_compression, partial_images, input_fidelity } = options;
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
  ];
  return rules.flatMap(([broken, field, message, hint]) => (broken ? [{ field, message, hint }] : []));
}
