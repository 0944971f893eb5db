/** Request bodies: the fields that most hosts share, and the body of Hugging Face itself. */
import { type EditArgs, type RequestArgs, type Size, sizeText } from '../kit/index.ts';
import type { HuggingFaceOptions, HuggingFaceSettings } from './wire.ts';

export type BodyArgs =
  | RequestArgs<HuggingFaceOptions, HuggingFaceSettings>
  | EditArgs<HuggingFaceOptions, HuggingFaceSettings>;

/** The fields that most hosts name alike, without `size`. */
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

export const inputsOf = (args: BodyArgs) => ('inputs' in args ? args.inputs : []);
export const sizeField = (size: Size | undefined, separator = 'x') => ({
  size: size && sizeText(size).replace('x', separator),
});

/** The body of Hugging Face itself, and of dedicated endpoints. */
export function toTaskBody(args: BodyArgs): object {
  const { prompt, size, options } = args;
  const { prompt: _, output_format: __, ...fields } = fieldsOf(args, { scheduler: options.scheduler });
  const [file] = inputsOf(args);
  const parameters = file === undefined ? { ...fields, ...size } : { prompt, ...fields, target_size: size };
  const hasAny = Object.values(parameters).some((value) => value !== undefined);
  return { inputs: file?.bytes ?? prompt, parameters: hasAny ? parameters : undefined };
}
