/** Builds requests to the images API in the server's dialect. */
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
import { chatRequest } from './chat.ts';
import { type Dialect, dialectOf, type EditRoute, EXTRAS, type Extra } from './dialects.ts';
import { type Json, mergeBody } from './merge-body.ts';
import { modelField } from './models.ts';
import type { CompatibleOptions, CompatibleSettings } from './wire.ts';

export type DialectArgs = RequestArgs<CompatibleOptions, CompatibleSettings>;
export type Edit = EditArgs<CompatibleOptions, CompatibleSettings>;

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

/** Returns the route of an edit. */
export function routeOf({ mask, settings }: Pick<Edit, 'mask' | 'settings'>): EditRoute {
  const { edits, inpaint = edits } = dialectOf(settings.server);
  const route = mask === undefined ? edits : inpaint;
  // Not undefined: the card of a server without edits makes the kit refuse edits.
  return route!;
}

/** GPT Image models refuse `response_format`, behind a gateway too. */
const REFUSES_RESPONSE_FORMAT = /(?:^|\/)(?:chat)?gpt-image/i;

function bodyOf(args: DialectArgs | Edit, taken: readonly Extra[]): Json {
  return mergeBody(requestBody(args, taken), args.options.body, args.settings.extraBody);
}

/** The fields of the request itself, before `options.body` and `extraBody` are merged in. */
function requestBody(args: DialectArgs | Edit, taken: readonly Extra[]): Json {
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

/** Returns the fields that the request sets, without `response_format`, which callers do not set. */
export function filledFields(args: DialectArgs | Edit): readonly string[] {
  const filled = Object.entries(requestBody(args, EXTRAS)).filter(([, value]) => value !== undefined);
  return filled.map(([name]) => name).filter((name) => name !== 'response_format');
}

/** Returns the extras under the server's names; names with dots become nested objects. */
function extrasOf({ seed, negativePrompt, options, settings }: DialectArgs, taken: readonly Extra[]): Json {
  const names = namesOf(settings);
  const values = { seed, negativePrompt, steps: options.steps, guidance: options.guidance };
  const named = taken.flatMap((extra) => {
    const [name, value] = [names[extra], values[extra]];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return named.reduce<Json>((body, [name, value]) => within(body, name.split('.'), value), {});
}

/** Returns the field names of the extras: from the settings, else from the dialect. */
export function namesOf({ server, seedField, negativePromptField }: CompatibleSettings): Dialect['names'] {
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
  const { place = 'body', negativeSeparator } = dialectOf(settings.server);
  const isOwnField = settings.negativePromptField !== undefined;
  const whole =
    negativePrompt !== undefined && negativeSeparator !== undefined && !isOwnField
      ? `${prompt}${negativeSeparator}${negativePrompt}`
      : prompt;
  if (typeof place === 'string' || !('promptTag' in place) || Object.keys(extras).length === 0) return whole;
  return `${whole} <${place.promptTag}>${jsonText(extras)}</${place.promptTag}>`;
}

/** Encodes a body for a form; objects and lists become JSON. */
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
