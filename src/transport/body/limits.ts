/** How much of a body is read before it is refused. The other side decides what it sends, so everything has a cap. */

const MIB = 1024 * 1024;

export interface BodyLimits {
  /** Bytes of one JSON document, after content decoding, blobs included. */
  readonly maxBytes: number;
  /** Bytes of one decoded blob. */
  readonly maxBlobBytes: number;
  /** Bytes of all events of one event stream together, after content decoding; each single event is held to `maxBytes`. */
  readonly maxStreamBytes: number;
  /** Objects and arrays inside one another. */
  readonly maxDepth: number;
  /** Keys of all objects and elements of all arrays together. */
  readonly maxEntries: number;
  /** UTF-8 bytes of one string outside blobs, as written; a longer one is cut and ends in "…". No limit when undefined. */
  readonly maxTextBytes?: number | undefined;
}

/** A 4K picture of 20 MB is 28 MB of base64 and passes, as do three of them; ten thousand ordinary replies hold fewer entries. */
export const defaultLimits: BodyLimits = {
  maxBytes: 96 * MIB,
  maxBlobBytes: 64 * MIB,
  maxStreamBytes: 512 * MIB,
  maxDepth: 128,
  maxEntries: 250_000,
};

/** What a string is, by the name of the key it stands under: all base64, or a link that may be a `data:` URL with base64. */
export type BlobKind = 'base64' | 'data-url';

/** Key name to kind, at any depth; the elements of an array directly under the key count too. */
export type BlobKeys = ReadonlyMap<string, BlobKind>;

export const noBlobs: BlobKeys = new Map();
