/** Requests to the images API, in the words of the server's dialect. */
import {
  dataUrl,
  type EditArgs,
  type HttpRequest,
  type InputFile,
  jsonText,
  post,
  postForm,
  type RequestArgs,
  sizeText,
} from '../kit/index.ts';
import { type Json, layered } from './body.ts';
import { chatRequest } from './chat.ts';
import { type Dialect, dialectOf, type EditRoute, EXTRAS, type Extra } from './dialects.ts';
import { modelField } from './models.ts';
import type { Options, Settings } from './wire.ts';

export type DialectArgs = RequestArgs<Options, Settings>;
export type Edit = EditArgs<Options, Settings>;

export function toRequest(args: DialectArgs): HttpRequest {
  return args.settings.api === 'chat' ? chatRequest(args) : post('images/generations', bodyOf(args, EXTRAS));
}

export function toEdit(args: Edit): HttpRequest {
  if (args.settings.api === 'chat') return chatRequest(args);
  const route = routeOf(args);
  const body = bodyOf(args, route.extras ?? EXTRAS);
  if (route.body === 'json') return post(route.path, { ...body, ...jsonFiles(args, route) });
  const { [route.imageField]: _, ...fields } = toForm(body);
  return postForm(route.path, { ...fields, ...formFiles(args, route) });
}

/** Where an edit goes. */
export function routeOf({ mask, settings }: Pick<Edit, 'mask' | 'settings'>): EditRoute {
  const { edits, inpaint = edits } = dialectOf(settings.server);
  const route = mask === undefined ? edits : inpaint;
  // The card of a server without edits has none, and then no edit comes as far as this.
  return route!;
}

/** GPT Image models refuse `response_format`, behind a gateway too. */
const REFUSES_RESPONSE_FORMAT = /(?:^|\/)(?:chat)?gpt-image/i;

function bodyOf(args: DialectArgs | Edit, taken: readonly Extra[]): Json {
  return layered(ownBody(args, taken), args.options.body, args.settings.extraBody);
}

/** What the request itself asks for, before anything is laid over it. */
function ownBody(args: DialectArgs | Edit, taken: readonly Extra[]): Json {
  const { model, n, size, quality, background, format, settings } = args;
  const dialect = dialectOf(settings.server);
  const responseFormat = settings.responseFormat ?? dialect.responseFormat;
  const sendsFormat = responseFormat !== 'omit' && !REFUSES_RESPONSE_FORMAT.test(model);
  const extras = extrasOf(args, taken);
  return {
    model: modelField(model, settings),
    prompt: promptOf(args, extras),
    n: n > 1 ? n : undefined,
    size: size && sizeText(size),
    quality,
    background,
    output_format: format,
    response_format: sendsFormat ? responseFormat : undefined,
    ...fieldsOf(dialect, extras),
  };
}

/** Fields that the request fills itself; `response_format` is no wish of the caller's. */
export function filledFields(args: DialectArgs | Edit): readonly string[] {
  const filled = Object.entries(ownBody(args, EXTRAS)).filter(([, value]) => value !== undefined);
  return filled.map(([name]) => name).filter((name) => name !== 'response_format');
}

/** The extras under the server's names, in objects where the names have dots. */
function extrasOf({ seed, negativePrompt, options, settings }: DialectArgs, taken: readonly Extra[]): Json {
  const names = namesOf(settings);
  const asked = { seed, negativePrompt, steps: options.steps, guidance: options.guidance };
  const named = taken.flatMap((extra) => {
    const [name, value] = [names[extra], asked[extra]];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return named.reduce<Json>((body, [name, value]) => within(body, name.split('.'), value), {});
}

/** The names of the extras: those of the settings, else those of the dialect. */
export function namesOf({ server, seedField, negativePromptField }: Settings): Dialect['names'] {
  const { names } = dialectOf(server);
  return {
    ...names,
    ...named('seed', seedField),
    ...named('negativePrompt', negativePromptField),
  };
}

const named = (extra: Extra, field: string | false | undefined) =>
  field === undefined ? {} : { [extra]: field === false ? undefined : field };

function within(body: Json, [key = '', ...rest]: readonly string[], value: unknown): Json {
  if (rest.length === 0) return { ...body, [key]: value };
  const inner = body[key];
  return { ...body, [key]: within(typeof inner === 'object' && inner !== null ? (inner as Json) : {}, rest, value) };
}

function fieldsOf({ place = 'body' }: Dialect, extras: Json): Json {
  if (place === 'body') return extras;
  const isEmpty = Object.keys(extras).length === 0;
  return 'jsonField' in place && !isEmpty ? { [place.jsonField]: jsonText(extras) } : {};
}

function promptOf({ prompt, negativePrompt, settings }: DialectArgs, extras: Json): string {
  const { place = 'body', negativeBehind } = dialectOf(settings.server);
  const isOwnField = settings.negativePromptField !== undefined;
  const whole =
    negativePrompt !== undefined && negativeBehind !== undefined && !isOwnField
      ? `${prompt}${negativeBehind}${negativePrompt}`
      : prompt;
  if (typeof place === 'string' || !('promptTag' in place) || Object.keys(extras).length === 0) return whole;
  return `${whole} <${place.promptTag}>${jsonText(extras)}</${place.promptTag}>`;
}

/** Objects and lists go into a form as JSON. */
function toForm(body: Json): Readonly<Record<string, string | number | boolean>> {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name,
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : jsonText(value),
    ]),
  );
}

function formFiles({ inputs, mask }: Edit, { imageField, mask: place }: EditRoute) {
  const field = imageField === 'by-count' ? (inputs.length > 1 ? 'image[]' : 'image') : imageField;
  return { [field]: inputs, ...(mask && place && { [place.field]: mask }) };
}

function jsonFiles({ inputs, mask }: Edit, { imageField, encoding, mask: place }: EditRoute) {
  const encoded = (file: InputFile) => (encoding === 'data-url' ? dataUrl(file) : file.bytes);
  const [first] = inputs;
  return {
    [imageField]: encoding === 'base64-list' ? inputs.map(encoded) : encoded(first),
    ...(mask && place && { [place.field]: encoded(mask) }),
  };
}
