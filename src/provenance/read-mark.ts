/** Reads from a picture what it says about its origin. */
import type { ImageFormat } from '../providers/protocol/index.ts';
import { guessFormat, readCarrier } from './carriers/carrier.ts';
import type { Mark } from './facts.ts';
import { readPacket } from './xmp/read.ts';

/**
 * - `present`: the file carries one.
 * - `elsewhere`: its XMP names the address of one. Nothing is fetched.
 * - `absent`: the whole file was looked through, and there is none.
 * - `unknown`: the file is damaged, or of a kind that is not looked through.
 */
export type ManifestPresence = 'present' | 'elsewhere' | 'absent' | 'unknown';

export interface MarkReading {
  /** By the first bytes; undefined when they are no image's. */
  readonly format?: ImageFormat;
  readonly mark?: Mark;
  /** Whether a C2PA manifest is there. Whether it holds is for `verifyManifest` to say. */
  readonly manifest: ManifestPresence;
  /** A sentence: what could not be read. */
  readonly why?: string;
}

/**
 * Reads the mark of a PNG, JPEG or WebP file, also one that another tool wrote. Time grows with the length of the file and no
 * faster; of compressed text no more is inflated than a packet may be long.
 * @param bytes the whole file; any bytes are allowed
 * @returns the mark and whether a manifest is there. Never throws.
 */
export function readMark(bytes: Uint8Array): MarkReading {
  const carrier = readCarrier(bytes);
  if (!carrier) {
    const format = guessFormat(bytes);
    const why = format
      ? `${format.toUpperCase()} files are not looked through.`
      : 'This is no image file that is known here.';
    return { ...(format && { format }), manifest: 'unknown', why };
  }
  const { format, packets, hasManifest, broken, unreadable } = carrier;
  const readings = packets.map(readPacket);
  const good = readings.filter((reading) => typeof reading !== 'string');
  const bad = readings.find((reading) => typeof reading === 'string');
  const mark = good.find((reading) => reading.mark?.isOurs)?.mark ?? good.find((reading) => reading.mark)?.mark;
  const isElsewhere = good.some(({ remoteManifest }) => remoteManifest !== undefined);
  const damage = broken ?? unreadable ?? (bad && `holds an XMP packet that ${bad}`);
  return {
    format,
    ...(mark && { mark }),
    manifest: hasManifest ? 'present' : isElsewhere ? 'elsewhere' : broken ? 'unknown' : 'absent',
    ...(damage && { why: `The file ${damage}.` }),
  };
}
