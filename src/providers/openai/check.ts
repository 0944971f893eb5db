/** Refuses options that exclude each other or that a model lacks; the vendor would answer 400. */
import { brokenRules, type OptionRule } from '../kit/families/option-rules.ts';
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { takes } from './models.ts';
import type { OpenAiOptions } from './wire.ts';

export function check(args: RequestArgs<OpenAiOptions> | EditArgs<OpenAiOptions>) {
  const { model, format = 'png', n, quality, isStreaming, options } = args;
  const isEdit = 'inputs' in args;
  const hasMask = isEdit && args.mask !== undefined;
  const rules: readonly OptionRule[] = [
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
      `${format} has no lossy compression`,
      'Pass format jpeg or webp.',
    ],
    [
      options.partial_images !== undefined && !isStreaming,
      'options.partial_images',
      'partial images are available only while streaming',
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
      'frames apply to GIF only',
      'Pass format gif.',
    ],
    [hasMask && format === 'gif', 'mask', 'a GIF cannot be edited with a mask', 'Pass another format.'],
    [
      options.svg !== undefined && format !== 'svg',
      'options.svg',
      'options.svg applies to format svg only',
      'Pass format svg.',
    ],
    [
      options.svg !== undefined && options.svg.model === undefined && !isEdit,
      'options.svg.model',
      'a generation with options.svg must name the model that writes it',
      'Pass svg.model, or leave svg out.',
    ],
    [format === 'svg' && n > 1, 'n', 'one request returns one SVG', 'Request one image at a time.'],
    [
      options.input_fidelity !== undefined && !isEdit,
      'options.input_fidelity',
      'input_fidelity applies to edits only',
      'Pass inputImages, or leave it out.',
    ],
    [
      options.input_fidelity !== undefined && !takes.inputFidelity(model),
      'options.input_fidelity',
      `${model} always uses high fidelity`,
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
      'markup applies to edits only',
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
  return brokenRules(rules);
}
