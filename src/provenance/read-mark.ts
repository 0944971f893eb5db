/** Reads the mark of an image file. */
import type { ImageFormat } from '../providers/protocol/index.ts';
import { guessFormat, readCarrier } from './carriers/carrier.ts';
import type { Mark } from './facts.ts';
import { readPacket } from './xmp/read.ts';

/**
 * - `present`: the file contains one.
 * - `elsewhere`: the XMP metadata has the address of one. It is not fetched.
 * - `absent`: the whole file was searched, and it has none.
 * - `unknown`: the file is damaged, or its format is not searched.
 */
export type ManifestPresence = 'present' | 'elsewhere' | 'absent' | 'unknown';

export interface MarkReading {
  /** Guessed from the first bytes. Absent for an unknown format. */
  readonly format?: ImageFormat;
  /** The mark in the file. Absent if it has none. */
  readonly mark?: Mark;
  /** Whether the file has a C2PA manifest. `verifyManifest` checks whether it is valid. */
  readonly manifest: ManifestPresence;
  /** A sentence: what could not be read. */
  readonly why?: string;
}

/**
 * Reads the mark of a PNG, JPEG or WebP file, also one that another tool wrote. Takes linear time; compressed text is inflated up to the
 * maximum size of a packet.
 * @param bytes the whole file; any bytes are allowed
 * @returns the mark, and whether the file has a manifest. Never throws
 */
export function readMark(bytes: Uint8Array): MarkReading {
  const carrier = readCarrier(bytes);
  if (!carrier) {
    const format = guessFormat(bytes);
    const why = format
      ? `${format.toUpperCase()} files are not searched for marks.`
      : 'The format of the file is unknown.';
    return { ...(format && { format }), manifest: 'unknown', why };
  }
  const { format, packets, hasManifest, broken, unreadable } = carrier;
  const readings = packets.map(readPacket);
  const valid = readings.filter((reading) => typeof reading !== 'string');
  const invalid = readings.find((reading) => typeof reading === 'string');
  const mark = valid.find((reading) => reading.mark?.isOurs)?.mark ?? valid.find((reading) => reading.mark)?.mark;
  const isElsewhere = valid.some(({ remoteManifest }) => remoteManifest !== undefined);
  const damage = broken ?? unreadable ?? (invalid && `has an XMP packet that ${invalid}`);
  return {
    format,
    ...(mark && { mark }),
    manifest: hasManifest ? 'present' : isElsewhere ? 'elsewhere' : broken ? 'unknown' : 'absent',
    ...(damage && { why: `The file ${damage}.` }),
  };
}
