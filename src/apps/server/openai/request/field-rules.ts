/**
 * The fields of OpenAI's Images API, and what happens to each. Source: npm openai 7.59, resources/images.d.ts. No field is dropped without a
 * word: it becomes part of the request, is refused with its name, or is named in `imagen.warnings`.
 */
import type { EditRequest, ImageFormat, Quality } from '../../../../index.ts';
import { MAX_PROMPT_LENGTH } from '../../../../providers/protocol/request.ts';
import { SIZE_WORDS } from '../../../../providers/protocol/vocabulary.ts';
import { HttpFault } from '../../http/http-fault.ts';
import { invalidField } from '../../http/invalid-field.ts';
import { oneOf, text, wholeNumber, yesOrNo } from './read-value.ts';
import { readSvgOptions } from './svg-options.ts';

export type ImageOperation = 'generate' | 'edit';

/** What a field asks for. */
export interface FieldEffect {
  /** Fields of the request. */
  readonly request?: Partial<Omit<EditRequest, 'inputImages' | 'mask' | 'model' | 'options' | 'metadata'>>;
  /** The model id as the client sent it. */
  readonly model?: string;
  /** Options of OpenAI itself. They are sent if the provider has them, and left out with a warning otherwise. */
  readonly vendorOptions?: Readonly<Record<string, unknown>>;
  /** Kept with the image. Never sent to a vendor. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** How the answer looks. */
  readonly answer?: Partial<AnswerForm>;
  /** Why the field has no effect, as a sentence. */
  readonly warning?: string;
}

export interface AnswerForm {
  readonly isStream: boolean;
  readonly partialImages: number;
  readonly as: 'b64_json' | 'url';
}

export interface FieldRule {
  /** What becomes of the field, for the documentation. */
  readonly about: string;
  /** @param value neither `null` nor absent @throws HttpFault 400 with the name of the field */
  readonly read: (value: unknown, field: string, operation: ImageOperation) => FieldEffect;
}

/** OpenAI's limit. */
const MAX_IMAGES = 10;
const MAX_USER_LENGTH = 512;

const QUALITY_WORDS = ['auto', 'low', 'medium', 'high', 'xhigh', 'max', 'standard', 'hd'] as const;
/** `xhigh` and `max` are the vendor's own: providers without them get the best that they have. */
const QUALITIES: Readonly<Record<(typeof QUALITY_WORDS)[number], Quality | undefined>> = {
  auto: undefined,
  low: 'draft',
  medium: 'standard',
  high: 'hd',
  xhigh: 'hd',
  max: 'hd',
  standard: 'standard',
  hd: 'hd',
};

const option = (read: (value: unknown, field: string) => unknown, about: string): FieldRule => ({
  about,
  read: (value, field) => ({ vendorOptions: { [field]: read(value, field) } }),
});

const input = (about: string): FieldRule => ({
  about,
  read(_, field, operation) {
    if (operation === 'edit') return {}; // `readInputs` has read it
    throw new HttpFault(400, 'invalid_image', `${field} is not a field of this route. Send it to /v1/images/edits.`, {
      param: field,
    });
  },
});

const user: FieldRule = {
  about: 'kept with the image as metadata, never sent',
  read: (value, field) => ({ metadata: { [field]: text(MAX_USER_LENGTH)(value, field) } }),
};

export const FIELD_RULES: Readonly<Record<string, FieldRule>> = {
  prompt: {
    about: 'the prompt',
    read: (value, field) => ({ request: { prompt: text(MAX_PROMPT_LENGTH)(value, field) } }),
  },
  model: {
    about: 'a model id, a tier or an alias; without it, the default model',
    read: (value, field) => ({ model: text(256)(value, field).trim() }),
  },
  n: {
    about: 'the number of images, from 1 to 10',
    read: (value, field) => ({ request: { n: wholeNumber(1, MAX_IMAGES)(value, field) } }),
  },
  size: { about: 'pixels, `square`, `landscape` or `portrait`; `auto` leaves it to the model', read: readSize },
  quality: {
    about: 'a quality level; `auto` leaves it to the model',
    read(value, field) {
      const word = oneOf(QUALITY_WORDS)(value, field);
      const quality = QUALITIES[word];
      if (quality === undefined) return {};
      const isVendors = word === 'xhigh' || word === 'max';
      return { request: { quality }, ...(isVendors && { vendorOptions: { quality: word } }) };
    },
  },
  output_format: {
    about: 'the file format',
    read(value, field) {
      const word = oneOf(['png', 'jpeg', 'jpg', 'webp', 'gif', 'svg', 'avif'])(value, field);
      const format: ImageFormat = word === 'jpg' ? 'jpeg' : word;
      return { request: { format } };
    },
  },
  output_compression: option(wholeNumber(0, 100), 'an option of OpenAI'),
  background: {
    about: 'transparent or opaque; `auto` leaves it to the model',
    read(value, field) {
      const background = oneOf(['transparent', 'opaque', 'auto'])(value, field);
      return background === 'auto' ? {} : { request: { background } };
    },
  },
  moderation: {
    about: '`low` asks for the relaxed safety level',
    read: (value, field) => (oneOf(['low', 'auto'])(value, field) === 'low' ? { request: { safety: 'relaxed' } } : {}),
  },
  style: {
    about: 'a style of the vendor or of the server; left out with a warning where the model has none',
    read: (value, field) => ({ request: { style: text(128)(value, field) } }),
  },
  stream: {
    about: 'answers with events',
    read: (value, field) => ({ answer: { isStream: yesOrNo(value, field) } }),
  },
  partial_images: {
    about: 'unfinished images of a stream, from 0 to 3',
    read: (value, field) => ({ answer: { partialImages: wholeNumber(0, 3)(value, field) } }),
  },
  response_format: {
    about: '`b64_json`, or `url` for links to this server that are valid for an hour',
    read: (value, field) => ({ answer: { as: oneOf(['b64_json', 'url'])(value, field) } }),
  },
  user,
  safety_identifier: user,
  complexity: option(oneOf(['low', 'medium', 'high']), 'an option of OpenAI'),
  frame_count: option(wholeNumber(2, 16), 'an option of OpenAI'),
  frame_duration_ms: option(wholeNumber(10, 655_350), 'an option of OpenAI'),
  svg: option(readSvgOptions, 'an option of OpenAI'),
  input_fidelity: {
    about: 'an option of OpenAI for edits',
    read(value, field, operation) {
      const fidelity = oneOf(['high', 'low'])(value, field);
      if (operation === 'edit') return { vendorOptions: { input_fidelity: fidelity } };
      return { warning: 'input_fidelity applies to edits only and was ignored.' };
    },
  },
  image: input('input images of an edit'),
  images: input('input images of an edit, in JSON'),
  mask: input('which part of the first image to change: transparent = repaint'),
  markup: {
    about: 'refused',
    read() {
      const message = 'markup is not supported by this server. Describe the change in the prompt, or send a mask.';
      throw new HttpFault(400, 'unsupported_markup', message, { param: 'markup' });
    },
  },
};

function readSize(value: unknown, field: string): FieldEffect {
  const size = typeof value === 'string' ? value.trim().toLowerCase() : '';
  if (size === 'auto') return {};
  const isWord = SIZE_WORDS.some((word) => word === size);
  if (isWord || /^[1-9]\d{0,4}x[1-9]\d{0,4}$/.test(size)) return { request: { size } };
  throw invalidField(field, 'must be WIDTHxHEIGHT, for example 1024x1024, or auto.');
}
