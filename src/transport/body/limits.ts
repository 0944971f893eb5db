/** Limits for reading bodies. The server decides what it sends, so everything has a limit. */

const MIB = 1024 * 1024;

export interface BodyLimits {
  /** Max bytes of one JSON document, including blobs, after content decoding. */
  readonly maxBytes: number;
  /** Max bytes of one decoded blob. */
  readonly maxBlobBytes: number;
  /** Max bytes of one event stream, after content decoding. Each event is limited by `maxBytes`. */
  readonly maxStreamBytes: number;
  /** Max nesting of objects and arrays. */
  readonly maxDepth: number;
  /** Max number of object keys and array elements together. */
  readonly maxEntries: number;
  /** Max UTF-8 bytes of one string that is not a blob. A longer one is cut and ends in "…". @default no limit */
  readonly maxTextBytes?: number | undefined;
}

/** Enough for three 4K images of 20 MB each (28 MB of base64). `maxEntries` is more than ten thousand ordinary replies contain. */
export const defaultLimits: BodyLimits = {
  maxBytes: 96 * MIB,
  maxBlobBytes: 64 * MIB,
  maxStreamBytes: 512 * MIB,
  maxDepth: 128,
  maxEntries: 250_000,
};

/** The content of a blob key: base64, or a link that may be a `data:` URL with base64. */
export type BlobKind = 'base64' | 'data-url';

/** Kind by key name, at any depth. Also applies to the elements of an array under the key. */
export type BlobKeys = ReadonlyMap<string, BlobKind>;

export const noBlobs: BlobKeys = new Map();
