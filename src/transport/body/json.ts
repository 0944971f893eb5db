/** A body that is one JSON document, small or with megabytes of base64 in it: the same way for both. */

import { BodyError } from './body-error.ts';
import { type ChunkReadOptions, declaredLength, readChunks } from './chunks.ts';
import { type BlobKeys, type BodyLimits, defaultLimits, noBlobs } from './limits.ts';
import { createJsonScanner } from './scan/json-scanner.ts';

export interface JsonOptions extends ChunkReadOptions {
  /**
   * Which keys hold base64; it arrives as `Uint8Array`.
   * @default no key
   */
  readonly blobs?: BlobKeys | undefined;
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<BodyLimits> | undefined;
  /** @default 'refuse' */
  readonly nonFinite?: 'refuse' | 'null' | undefined;
}

/** A document, and the text that it was read from. */
export interface ReadJson {
  readonly value: unknown;
  /** Made when it is asked for: with the base64 of the blobs it is larger than they are. */
  readonly received: () => Uint8Array;
}

/**
 * Reads a JSON document and decodes its blobs while it arrives.
 * @param onBroken told what came when the reading fails for any reason but a limit
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
    // One that passed its limit of bytes is not held a second time.
    const isLong = error instanceof BodyError && error.fault === 'too_large' && size > merged.maxBlobBytes;
    if (!isLong) onBroken(scanner.received());
    throw error;
  }
}

/** A small JSON text that is at hand, read as strictly as a body. @throws BodyError */
export function parseJsonText(text: string, nonFinite?: JsonOptions['nonFinite']): unknown {
  const scanner = createJsonScanner({ blobs: noBlobs, limits: defaultLimits, nonFinite });
  scanner.write(new TextEncoder().encode(text));
  return scanner.end();
}
