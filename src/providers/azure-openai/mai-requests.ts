/**
 * Requests to MAI-Image: width and height as two fields, one PNG per request, none of OpenAI's other fields. The service answers 400 to
 * unknown fields and ignores `n`. Sources: as in mai-models.ts.
 */
import { type EditArgs, type HttpRequest, post, postForm, type RequestArgs } from '../kit/index.ts';
import type { AzureOpenAiOptions, AzureOpenAiSettings } from './wire.ts';

export const isMai = ({ modelFamily }: Pick<AzureOpenAiSettings, 'modelFamily'>): boolean =>
  modelFamily?.startsWith('mai-') === true;

export const toMaiRequest = (args: RequestArgs<AzureOpenAiOptions, AzureOpenAiSettings>): HttpRequest =>
  post('mai/v1/images/generations', fieldsOf(args));

/** Sends each input as a form part named `image`. */
export const toMaiEdit = (args: EditArgs<AzureOpenAiOptions, AzureOpenAiSettings>): HttpRequest =>
  postForm('mai/v1/images/edits', { ...fieldsOf(args), image: args.inputs });

function fieldsOf({ model, prompt, size, background, options }: RequestArgs<AzureOpenAiOptions, AzureOpenAiSettings>) {
  const { auto_aspect_ratio, web_grounding } = options;
  return { model, prompt, width: size?.width, height: size?.height, background, auto_aspect_ratio, web_grounding };
}
