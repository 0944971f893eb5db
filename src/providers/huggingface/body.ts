/** What the hosts' bodies have in common, and Hugging Face's own. */
import { type EditArgs, type RequestArgs, type Size, sizeText } from '../kit/index.ts';
import type { Options, Settings } from './wire.ts';

export type BodyArgs = RequestArgs<Options, Settings> | EditArgs<Options, Settings>;

/** Everything that most hosts call the same, `size` apart. */
export function fieldsOf(
  { prompt, negativePrompt, seed, options }: BodyArgs,
  size: object,
  steps = 'num_inference_steps',
) {
  const { num_inference_steps, guidance_scale, output_format, input } = options;
  return {
    prompt,
    negative_prompt: negativePrompt,
    ...size,
    seed,
    [steps]: num_inference_steps,
    guidance_scale,
    output_format,
    ...input,
  };
}

export const picturesOf = (args: BodyArgs) => ('inputs' in args ? args.inputs : []);
export const inOneWord = (size: Size | undefined, times = 'x') => ({
  size: size && sizeText(size).replace('x', times),
});

/** The body of Hugging Face itself, and of dedicated endpoints. */
export function toTaskBody(args: BodyArgs): object {
  const { prompt, size, options } = args;
  const { prompt: _, output_format: __, ...fields } = fieldsOf(args, { scheduler: options.scheduler });
  const [file] = picturesOf(args);
  const parameters = file === undefined ? { ...fields, ...size } : { prompt, ...fields, target_size: size };
  const hasAny = Object.values(parameters).some((value) => value !== undefined);
  return { inputs: file?.bytes ?? prompt, parameters: hasAny ? parameters : undefined };
}
