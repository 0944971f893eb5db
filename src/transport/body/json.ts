/** Reads a body as one JSON document, which may contain megabytes of base64. */
import { BodyError } from './body-error.ts';
import { type ChunkReadOptions, declaredLength, readChunks } from './chunks.ts';
import { type BlobKeys, type BodyLimits, defaultLimits, noBlobs } from './limits.ts';
import { createJsonScanner } from './scan/json-scanner.ts';

export interface JsonOptions extends ChunkReadOptions {
  /**
   * Keys whose values are base64; they are returned as `Uint8Array`.
   * @default none
   */
  readonly blobs?: BlobKeys | undefined;
  /** Overrides of the default limits. */
  readonly limits?: Partial<BodyLimits> | undefined;
  /** @default 'refuse' */
  readonly nonFinite?: 'refuse' | 'null' | undefined;
}

/** A parsed document and its source. */
export interface ReadJson {
  readonly value: unknown;
  /** Returns the received bytes. Built on demand, because with base64 they are larger than the blobs. */
  readonly received: () => Uint8Array;
}

/**
 * Reads a JSON document and decodes its blobs while it arrives.
 * @param onBroken called with the received bytes if reading fails, unless the body is too large to be kept
 * @throws {BodyError} `unreadable`, `too_large`, `network`
 * @throws the signal's reason
 */
export async function readJson(
  response: Response,
  { blobs = noBlobs, limits, nonFinite, ...read }: JsonOptions = {},
  onBroken: (received: Uint8Array) => void = () => undefined,
): Promise<ReadJson> {
  const merged = { ...defaultLimits, ...limits };
  const scanner = createJsonScanner({ blobs, limits: merged, expectedBytes: declaredLength(response), nonFinite });
  let size = 0;
  try {
    for await (const chunk of readChunks(response, { ...read, maxBytes: merged.maxBytes })) {
      size += chunk.length;
      scanner.write(chunk);
    }
    return { value: scanner.end(), received: scanner.received };
  } catch (error) {
    // A body that exceeded the size limit is not copied.
    const isLong = error instanceof BodyError && error.fault === 'too_large' && size > merged.maxBlobBytes;
    if (!isLong) onBroken(scanner.received());
    throw error;
  }
}

/** Parses a small JSON text with the same checks as a body. @throws BodyError */
export function parseJsonText(text: string, nonFinite?: JsonOptions['nonFinite']): unknown {
  const scanner = createJsonScanner({ blobs: noBlobs, limits: defaultLimits, nonFinite });
  scanner.write(new TextEncoder().encode(text));
  return scanner.end();
}
