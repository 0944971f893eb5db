/** The names of the library's fields in OpenAI's API, for errors and warnings. */

const PARAMS: Readonly<Record<string, string>> = {
  prompt: 'prompt',
  model: 'model',
  provider: 'model',
  n: 'n',
  size: 'size',
  aspectRatio: 'size',
  style: 'style',
  quality: 'quality',
  format: 'output_format',
  background: 'background',
  inputImages: 'image',
  mask: 'mask',
  safety: 'moderation',
};

/** @param field as `inputImages.0` or `options.output_compression` */
export function paramOf(field: string): string | undefined {
  const [first = '', second] = field.split('.');
  // The names of options are those that the client or the provider wrote.
  if (first === 'options') return second !== undefined && /^\w{1,64}$/.test(second) ? second : undefined;
  return Object.hasOwn(PARAMS, first) ? PARAMS[first] : undefined;
}

/** Replaces the names of the library that are no English words. */
export const toHttpWords = (message: string): string =>
  message
    .replaceAll(/\binputImages(?:\.\d+)?\b/g, 'image')
    .replaceAll(/\boptions\.(?=\w)/g, '')
    .replaceAll(/\brequest\.(?=\w)/g, '')
    .replaceAll(/\baspectRatio\b/g, 'size')
    .replaceAll(/\bformat (?=jpeg|gif|svg|png|webp)/g, 'output_format ')
    .replaceAll(/\bPass\b/g, 'Send');
