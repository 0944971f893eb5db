/** The closed lists of the protocol. Types, schemas and the choices of the command line are derived from them. */

/** Image formats. `svg` is returned only if it was requested. */
export const IMAGE_FORMATS = ['png', 'jpeg', 'webp', 'gif', 'avif', 'svg'] as const;
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

/** The media type of each format (IANA registry). */
export const MEDIA_TYPES = {
  png: 'image/png',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  avif: 'image/avif',
  svg: 'image/svg+xml',
} as const satisfies Record<ImageFormat, string>;
export type MediaType = (typeof MEDIA_TYPES)[ImageFormat];

/** Shapes that a caller may pass instead of pixels; the model card determines the pixels. */
export const SIZE_WORDS = ['square', 'landscape', 'portrait'] as const;
export type SizeWord = (typeof SIZE_WORDS)[number];

/** What a caller passes as a size: a word, or pixels as `'WIDTHxHEIGHT'`. The sizes named here are common ones; editors suggest them. */
export type ImageSize =
  | SizeWord
  | '512x512'
  | '1024x1024'
  | '1024x1536'
  | '1536x1024'
  | '1080x1920'
  | '1920x1080'
  | '2048x2048'
  | (string & {});

/** Quality levels; each model card maps them to the vendor's own word. */
export const QUALITIES = ['draft', 'standard', 'hd'] as const;
export type Quality = (typeof QUALITIES)[number];

export const BACKGROUNDS = ['auto', 'opaque', 'transparent'] as const;
export type Background = (typeof BACKGROUNDS)[number];

/** What an edit does to its input images. A model card lists the operations that the model supports. */
export const OPERATIONS = [
  'edit',
  'inpaint',
  'outpaint',
  'erase',
  'upscale',
  'remove-background',
  'variation',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What happens to a field that the model does not support: refused before the call, or omitted or adapted with a warning. */
export const ON_UNSUPPORTED = ['refuse', 'adapt'] as const;
export type OnUnsupported = (typeof ON_UNSUPPORTED)[number];

/** How strictly the vendor filters content, if it offers a choice. */
export const SAFETY_LEVELS = ['default', 'strict', 'relaxed'] as const;
export type SafetyLevel = (typeof SAFETY_LEVELS)[number];
