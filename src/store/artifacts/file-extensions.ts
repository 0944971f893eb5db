/** The file extensions of image formats. */
import { FILE_EXTENSIONS, IMAGE_FORMATS, type ImageFormat } from '../../providers/protocol/index.ts';

/** All extensions of each format, with a dot. The first is the default. */
export const EXTENSIONS = Object.fromEntries(
  IMAGE_FORMATS.map((format) => [format, [...new Set([`.${FILE_EXTENSIONS[format]}`, `.${format}`])]]),
) as unknown as Readonly<Record<ImageFormat, readonly [string, ...string[]]>>; // each list has the default extension

export const KNOWN_EXTENSIONS: readonly string[] = Object.values(EXTENSIONS).flat();

/** Checks the end of the name, in any case. */
export const isImageFile = (name: string): boolean =>
  KNOWN_EXTENSIONS.some((extension) => name.toLowerCase().endsWith(extension));

/** Returns the name with the default extension of the format. */
export const imageFileName = (name: string, format: ImageFormat): string => `${name}${EXTENSIONS[format][0]}`;
