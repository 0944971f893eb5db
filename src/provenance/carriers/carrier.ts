/** A file that can carry an XMP packet. What each format knows is in a file of its own; `CARRIERS` is the list. */
import type { ImageFormat } from '../../providers/protocol/index.ts';
import { viewOf } from './bytes.ts';
import type { Found } from './found.ts';
import { isJpeg, readJpeg, writeJpeg } from './jpeg.ts';
import { isPng, readPng, writePng } from './png.ts';
import { isWebp, readWebp, writeWebp } from './webp.ts';

export type CarrierFormat = 'png' | 'jpeg' | 'webp';

export interface Carrier extends Found {
  readonly format: CarrierFormat;
}

const CARRIERS = {
  png: { is: isPng, read: readPng, write: writePng },
  jpeg: { is: isJpeg, read: readJpeg, write: writeJpeg },
  webp: { is: isWebp, read: readWebp, write: writeWebp },
} as const satisfies Record<CarrierFormat, unknown>;
const FORMATS = Object.keys(CARRIERS) as CarrierFormat[];

/** @returns what the file carries; undefined for a file of another kind. Never throws. */
export function readCarrier(bytes: Uint8Array): Carrier | undefined {
  const file = viewOf(bytes);
  const format = FORMATS.find((each) => CARRIERS[each].is(file));
  return format && { format, ...CARRIERS[format].read(file) };
}

/**
 * Gives the file this XMP packet in place of the one that it has. Pixels are copied, not encoded again.
 * @param carrier what `readCarrier` found in these bytes: whole, with at most one packet
 * @returns the new file, or in words why the packet does not fit; the subject is the packet
 */
export function writeCarrier(bytes: Uint8Array, { format }: Carrier, packet: Uint8Array): Uint8Array | string {
  return CARRIERS[format].write(viewOf(bytes), packet);
}

/** By its first bytes, also for formats that carry nothing of ours. A guess, good for words and for a media type. */
export function guessFormat(bytes: Uint8Array): ImageFormat | undefined {
  const file = viewOf(bytes);
  const format = FORMATS.find((each) => CARRIERS[each].is(file));
  if (format) return format;
  const start = file.toString('latin1', 0, 1000);
  if (start.startsWith('GIF8')) return 'gif';
  if (start.startsWith('ftypavi', 4)) return 'avif';
  return /^(?:\u00ef\u00bb\u00bf)?\s{0,100}</.test(start) && start.includes('<svg') ? 'svg' : undefined;
}
