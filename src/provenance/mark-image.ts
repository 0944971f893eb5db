/** Writes into a picture that a model made it. */
import { type Carrier, guessFormat, readCarrier, writeCarrier } from './carriers/carrier.ts';
import type { ProvenanceFacts } from './facts.ts';
import { MAX_PACKET_BYTES } from './xmp/read.ts';
import { writePacket } from './xmp/write.ts';

export interface MarkResult {
  /** The marked file; or the very bytes that were given, when the image was left as it is. */
  readonly bytes: Uint8Array;
  /** `image`: the mark is in the picture. `sidecar`: it is not, so the file beside it has to say it. */
  readonly place: 'image' | 'sidecar';
  /** A sentence: why the image was left as it is, or what of the facts is not in it. */
  readonly why?: string;
}

/**
 * Puts an XMP packet with the IPTC digital source type into a PNG, JPEG or WebP file. Pixels and all other metadata stay byte
 * for byte. A mark of ours that is there is replaced. An image that carries a C2PA manifest is left as it is, because any change
 * would break the manifest's hash. Costs a copy of the file.
 * @param bytes the whole file; any bytes are allowed
 * @param facts any texts; what XML cannot hold is left out
 * @returns the file and where the mark is. Never throws on what the bytes are.
 */
export function markImage(bytes: Uint8Array, facts: ProvenanceFacts): MarkResult {
  const unchanged = (why: string): MarkResult => ({
    bytes,
    place: 'sidecar',
    why: `The image was left as it is: ${why}.`,
  });
  const carrier = readCarrier(bytes);
  if (!carrier) {
    const format = guessFormat(bytes)?.toUpperCase();
    return unchanged(`${format ? `${format} files carry no mark` : 'it is no image file that is known here'}`);
  }
  const reason = reasonNotTo(carrier);
  if (reason) return unchanged(reason);

  const { prompt, ...withoutPrompt } = facts;
  const written = write(bytes, carrier, facts);
  if (typeof written !== 'string') return written;
  const shorter = prompt === undefined ? written : write(bytes, carrier, withoutPrompt);
  if (typeof shorter === 'string') return unchanged(written);
  const note = 'The prompt is not in the mark: it is too long for the place.';
  return { ...shorter, why: shorter.why ? `${note} ${shorter.why}` : note };
}

/** @returns a phrase about the image, if nothing may be written into it */
function reasonNotTo({ hasManifest, broken, fixed, unreadable, packets }: Carrier): string | undefined {
  if (hasManifest) return 'it carries a C2PA manifest, whose hash a change would break';
  const damage = broken ?? fixed ?? unreadable;
  if (damage) return `it ${damage}`;
  return packets.length > 1 ? 'it holds more than one XMP packet' : undefined;
}

/** @returns a phrase about the image when it cannot take the mark */
function write(bytes: Uint8Array, carrier: Carrier, facts: ProvenanceFacts): MarkResult | string {
  const written = writePacket(facts, carrier.packets[0]);
  if (written.kind === 'refused') return written.why;
  const { packet, note } = written;
  if (packet.length > MAX_PACKET_BYTES) return `its XMP packet would be larger than ${MAX_PACKET_BYTES} bytes`;
  const marked = writeCarrier(bytes, carrier, packet);
  if (typeof marked === 'string') return `its XMP packet ${marked}`;
  return { bytes: marked, place: 'image', ...(note && { why: note }) };
}
