/** Image files that can contain an XMP packet. Each format has its own file here; `CARRIERS` lists them. */
import type { ImageFormat } from '../../providers/protocol/index.ts';
import { viewOf } from './bytes.ts';
import type { CarrierContents } from './carrier-contents.ts';
import { isJpeg, readJpeg, writeJpeg } from './jpeg.ts';
import { isPng, readPng, writePng } from './png.ts';
import { isWebp, readWebp, writeWebp } from './webp.ts';

export type CarrierFormat = 'png' | 'jpeg' | 'webp';

export interface Carrier extends CarrierContents {
  readonly format: CarrierFormat;
}

const CARRIERS = {
  png: { is: isPng, read: readPng, write: writePng },
  jpeg: { is: isJpeg, read: readJpeg, write: writeJpeg },
  webp: { is: isWebp, read: readWebp, write: writeWebp },
} as const satisfies Record<CarrierFormat, unknown>;
const FORMATS = Object.keys(CARRIERS) as CarrierFormat[];

/** @returns the packets and the manifest of the file; `undefined` for another format. Never throws */
export function readCarrier(bytes: Uint8Array): Carrier | undefined {
  const file = viewOf(bytes);
  const format = FORMATS.find((each) => CARRIERS[each].is(file));
  return format && { format, ...CARRIERS[format].read(file) };
}

/**
 * Replaces the XMP packet of the file, or adds one. Pixels are copied, not encoded again.
 * @param carrier the result of `readCarrier` for these bytes: undamaged, with at most one packet
 * @returns the new file, or why the packet does not fit, as a phrase whose subject is the packet
 */
export function writeCarrier(bytes: Uint8Array, { format }: Carrier, packet: Uint8Array): Uint8Array | string {
  return CARRIERS[format].write(viewOf(bytes), packet);
}

/** Guesses the format from the first bytes, also for formats that cannot be marked. Good enough for messages and media types. */
export function guessFormat(bytes: Uint8Array): ImageFormat | undefined {
  const file = viewOf(bytes);
  const format = FORMATS.find((each) => CARRIERS[each].is(file));
  if (format) return format;
  const start = file.toString('latin1', 0, 1000);
  if (start.startsWith('GIF8')) return 'gif';
  if (start.startsWith('ftypavi', 4)) return 'avif';
  return /^(?:\u00ef\u00bb\u00bf)?\s{0,100}</.test(start) && start.includes('<svg') ? 'svg' : undefined;
}
