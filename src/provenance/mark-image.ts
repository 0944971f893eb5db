/** Writes a mark into an image that says it was made by AI. */
import { type Carrier, guessFormat, readCarrier, writeCarrier } from './carriers/carrier.ts';
import type { ProvenanceFacts } from './facts.ts';
import { MAX_PACKET_BYTES } from './xmp/read.ts';
import { writePacket } from './xmp/write.ts';

export interface MarkResult {
  /** The marked file, or the given bytes when the image was not changed. */
  readonly bytes: Uint8Array;
  /** `image`: the mark is in the file. `sidecar`: the file could not be marked, so the sidecar must record it. */
  readonly place: 'image' | 'sidecar';
  /** A sentence: why the image was not changed, or which facts are not in the mark. */
  readonly why?: string;
}

/**
 * Writes an XMP packet with the IPTC digital source type into a PNG, JPEG or WebP file. Pixels and all other metadata stay unchanged, byte
 * for byte. An earlier mark of this library is replaced. A file with a C2PA manifest is not changed, because any change would break the
 * manifest's hash. Copies the file in memory.
 * @param bytes the whole file; any bytes are allowed
 * @param facts any texts; characters that XML does not allow are removed
 * @returns the file, and where the mark is. Never throws because of the bytes
 */
export function markImage(bytes: Uint8Array, facts: ProvenanceFacts): MarkResult {
  const unchanged = (why: string): MarkResult => ({
    bytes,
    place: 'sidecar',
    why: `The image was not marked: ${why}.`,
  });
  const carrier = readCarrier(bytes);
  if (!carrier) {
    const format = guessFormat(bytes)?.toUpperCase();
    return unchanged(format ? `${format} files cannot be marked` : 'its format is unknown');
  }
  const reason = reasonNotTo(carrier);
  if (reason) return unchanged(reason);

  const { prompt, ...withoutPrompt } = facts;
  const written = write(bytes, carrier, facts);
  if (typeof written !== 'string') return written;
  const shorter = prompt === undefined ? written : write(bytes, carrier, withoutPrompt);
  if (typeof shorter === 'string') return unchanged(written);
  const note = 'The prompt is not in the mark: it is too long for this format.';
  return { ...shorter, why: shorter.why ? `${note} ${shorter.why}` : note };
}

/** @returns why the image must not be changed, as a phrase about it */
function reasonNotTo({ hasManifest, broken, fixed, unreadable, packets }: Carrier): string | undefined {
  if (hasManifest) return 'it has a C2PA manifest, whose hash a change would break';
  const damage = broken ?? fixed ?? unreadable;
  if (damage) return `it ${damage}`;
  return packets.length > 1 ? 'it has more than one XMP packet' : undefined;
}

/** @returns the marked file, or why it cannot be marked, as a phrase about the image */
function write(bytes: Uint8Array, carrier: Carrier, facts: ProvenanceFacts): MarkResult | string {
  const written = writePacket(facts, carrier.packets[0]);
  if (written.kind === 'refused') return written.why;
  const { packet, note } = written;
  if (packet.length > MAX_PACKET_BYTES) return `its XMP packet would be larger than ${MAX_PACKET_BYTES} bytes`;
  const marked = writeCarrier(bytes, carrier, packet);
  if (typeof marked === 'string') return `its XMP packet ${marked}`;
  return { bytes: marked, place: 'image', ...(note && { why: note }) };
}
