/**
 * The routes of MAI-Image: pixels in two fields, one PNG, and nothing else that OpenAI's dialect has. Unknown fields are answered with 400, and
 * `n` is ignored. Sources: as in mai-models.ts.
 */
import { type EditArgs, type HttpRequest, post, postForm, type RequestArgs } from '../kit/index.ts';
import type { Options, Settings } from './wire.ts';

export const isMai = ({ modelFamily }: Pick<Settings, 'modelFamily'>): boolean =>
  modelFamily?.startsWith('mai-') === true;

export const toMaiRequest = (args: RequestArgs<Options, Settings>): HttpRequest =>
  post('mai/v1/images/generations', fieldsOf(args));

/** Several inputs repeat the name `image`. */
export const toMaiEdit = (args: EditArgs<Options, Settings>): HttpRequest =>
  postForm('mai/v1/images/edits', { ...fieldsOf(args), image: args.inputs });

function fieldsOf({ model, prompt, size, background, options }: RequestArgs<Options, Settings>) {
  const { auto_aspect_ratio, web_grounding } = options;
  return { model, prompt, width: size?.width, height: size?.height, background, auto_aspect_ratio, web_grounding };
}
