/** What is found in an image file, the same for every format. */
export interface CarrierContents {
  /** Complete XMP packets, in the order of the file; at most `MAX_PACKETS`. */
  readonly packets: readonly Uint8Array[];
  readonly hasManifest: boolean;
  /** Why a packet could not be read, as a phrase whose subject is the file. */
  readonly unreadable?: string;
  /** How the file is damaged, so that more packets may be missing. A phrase whose subject is the file. */
  readonly broken?: string;
  /** Why the file must not be changed although it is undamaged. A phrase whose subject is the file. */
  readonly fixed?: string;
}

/** A valid file has one packet. More mean damage, or an attack that makes the reader inflate them all. */
export const MAX_PACKETS = 4;
