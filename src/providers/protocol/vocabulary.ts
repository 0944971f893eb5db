/** The closed lists of the protocol. Each is the one source of its type, of the schemas and of the command line's choices. */

/** What a picture can be. `svg` is handed out only when it was asked for. */
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

/** Shapes a caller may name instead of pixels; each model card says which pixels they are. */
export const SIZE_WORDS = ['square', 'landscape', 'portrait'] as const;
export type SizeWord = (typeof SIZE_WORDS)[number];

/** How much care the vendor takes; each model card maps these to the vendor's own word. */
export const QUALITIES = ['draft', 'standard', 'hd'] as const;
export type Quality = (typeof QUALITIES)[number];

export const BACKGROUNDS = ['auto', 'opaque', 'transparent'] as const;
export type Background = (typeof BACKGROUNDS)[number];

/** What an edit does to its inputs. A model card lists those the model has. */
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

/** What happens to a field that the model does not have: refused before the call, or left out / moved to the nearest with a warning. */
export const ON_UNSUPPORTED = ['refuse', 'adapt'] as const;
export type OnUnsupported = (typeof ON_UNSUPPORTED)[number];

/** How strictly the vendor filters, where it offers a choice. */
export const SAFETY_LEVELS = ['default', 'strict', 'relaxed'] as const;
export type SafetyLevel = (typeof SAFETY_LEVELS)[number];
