/** What callers of the AI SDK pass as `providerOptions['ai-image']`. */
import type { JSONObject } from '@ai-sdk/provider';
import {
  AiImageError,
  type Background,
  type ImageFormat,
  type OnUnsupported,
  type Operation,
  type Quality,
  type SafetyLevel,
} from '../../../providers/protocol/index.ts';
import { type FieldKinds, findFieldFault } from '../../../providers/protocol/input/check-fields.ts';

/** The key in `providerOptions` and `providerMetadata`. */
export const OPTIONS_KEY = 'ai-image';

/** Fields of a request that the AI SDK has no field for. An unknown one is refused. */
export interface ImagenOptions {
  /** A name in the profiles of the manager. @default none */
  readonly profile?: string;
  /** The name of a session: its calls share limits and cached results. @default a session of its own for each call */
  readonly session?: string;
  /** The providers to try next when one fails: `'provider'` or `'provider/model'`. @default as the manager decides */
  readonly fallback?: readonly string[];
  /** A style by the vendor's name, or the name of a style preset. */
  readonly style?: string;
  /** Each model card maps it to the vendor's own word. @default the vendor's own */
  readonly quality?: Quality;
  /** The requested file format. @default the model's own */
  readonly format?: ImageFormat;
  /** Whether the background is transparent. @default the vendor's own */
  readonly background?: Background;
  /** What to leave out of the image. */
  readonly negativePrompt?: string;
  /** What to do with the input images. @default 'inpaint' with a mask, 'edit' with input images alone */
  readonly operation?: Operation;
  /** How strictly the vendor filters content. @default 'default' */
  readonly safety?: SafetyLevel;
  /** Ids of stored images that this one is made from. */
  readonly parents?: readonly string[];
  /** The id of the call. The same id with the same request is paid once and returns the same images. @default a random id */
  readonly callId?: string;
  /** Whether a field that the model does not support is refused, or adapted with a warning. @default 'refuse' */
  readonly onUnsupported?: OnUnsupported;
  /** The vendor's own options, checked against the vendor's schema. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Your own notes about the call. Never sent. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Time limit of the whole call in milliseconds. @default the provider's */
  readonly deadlineMs?: number;
}

const KINDS: FieldKinds<ImagenOptions> = {
  profile: 'text',
  session: 'text',
  fallback: 'texts',
  style: 'text',
  quality: 'text',
  format: 'text',
  background: 'text',
  negativePrompt: 'text',
  operation: 'text',
  safety: 'text',
  parents: 'texts',
  callId: 'text',
  onUnsupported: 'text',
  options: 'object',
  metadata: 'object',
  deadlineMs: 'number',
};

/**
 * Checks the names of the options, and returns them as `providerOptions` of the AI SDK.
 * @throws AiImageError `invalid_request`
 * @example generateImage({ model, prompt, providerOptions: imagenOptions({ quality: 'hd' }) })
 */
export function imagenOptions(options: ImagenOptions): { [OPTIONS_KEY]: JSONObject } {
  // The interface holds what JSON can hold; `options` and `metadata` are checked by the manager.
  return { [OPTIONS_KEY]: readImagenOptions(options) as unknown as JSONObject };
}

/** @throws AiImageError `invalid_request`: an unknown field, or one of the wrong kind */
export function readImagenOptions(given: unknown): ImagenOptions {
  if (given === undefined) return {};
  const whole = `providerOptions['${OPTIONS_KEY}']`;
  const fault = findFieldFault(given, KINDS, { whole, field: 'option' });
  if (fault !== undefined) {
    throw new AiImageError('invalid_request', `${whole}: ${fault.what}`, { hint: fault.hint, charged: 'no' });
  }
  return given as ImagenOptions; // its names and kinds were checked; the manager checks the values
}
