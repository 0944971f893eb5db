/** Options that exclude each other or that a model lacks: the vendor would answer 400, so they are refused before the call. */
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { takes } from './models.ts';
import type { Options } from './wire.ts';

export function check(args: RequestArgs<Options> | EditArgs<Options>) {
  const { model, format = 'png', n, quality, isStreaming, options } = args;
  const isEdit = 'inputs' in args;
  const hasMask = isEdit && args.mask !== undefined;
  const rules: readonly (readonly [broken: boolean, field: string, message: string, hint: string])[] = [
    [
      quality !== undefined && options.quality !== undefined,
      'options.quality',
      'quality and options.quality were both given',
      'Pass one of them.',
    ],
    [
      /^(?:xhigh|max)$/.test(options.quality ?? '') && !takes.finestQualities(model),
      'options.quality',
      `${model} has no quality ${options.quality}`,
      'Use high.',
    ],
    [
      options.complexity !== undefined && !takes.complexity(model),
      'options.complexity',
      `${model} has no complexity`,
      'Use a 2.6 model.',
    ],
    [
      options.output_compression !== undefined && !/^(?:jpeg|webp)$/.test(format),
      'options.output_compression',
      `${format} is not compressed with loss`,
      'Pass format jpeg or webp.',
    ],
    [
      options.partial_images !== undefined && !isStreaming,
      'options.partial_images',
      'unfinished pictures come only while streaming',
      'Use stream().',
    ],
    [
      isStreaming && /^(?:gif|svg)$/.test(format),
      'format',
      `${format} cannot be streamed`,
      'Use generate(), or another format.',
    ],
    [
      (options.frame_count ?? options.frame_duration_ms) !== undefined && format !== 'gif',
      'options.frame_count',
      'frames belong to GIF',
      'Pass format gif.',
    ],
    [hasMask && format === 'gif', 'mask', 'a GIF cannot be made with a mask', 'Pass another format.'],
    [options.svg !== undefined && format !== 'svg', 'options.svg', 'svg belongs to format svg', 'Pass format svg.'],
    [
      options.svg !== undefined && options.svg.model === undefined && !isEdit,
      'options.svg.model',
      'a generation with svg names the model that writes it',
      'Pass svg.model, or leave svg out.',
    ],
    [format === 'svg' && n > 1, 'n', 'one request makes one SVG', 'Ask for one at a time.'],
    [
      options.input_fidelity !== undefined && !isEdit,
      'options.input_fidelity',
      'input_fidelity belongs to edits',
      'Pass inputImages, or leave it out.',
    ],
    [
      options.input_fidelity !== undefined && !takes.inputFidelity(model),
      'options.input_fidelity',
      `${model} always works at high fidelity`,
      'Leave it out.',
    ],
    [
      options.input_fidelity === 'high' && model === 'gpt-image-1-mini',
      'options.input_fidelity',
      `${model} has low fidelity only`,
      'Pass low.',
    ],
    [
      options.markup !== undefined && !isEdit,
      'options.markup',
      'markup belongs to edits',
      'Pass inputImages, or leave it out.',
    ],
    [
      options.markup !== undefined && hasMask,
      'options.markup',
      'markup and mask exclude each other',
      'Pass one of them.',
    ],
    [
      options.markup !== undefined && !takes.markup(model),
      'options.markup',
      `${model} has no markup`,
      'Use a 2.5 or later model.',
    ],
  ];
  return rules.flatMap(([broken, field, message, hint]) => (broken ? [{ field, message, hint }] : []));
}
