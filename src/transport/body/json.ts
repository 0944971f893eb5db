/** A body that is one JSON document, small or with megabytes of base64 in it: the same way for both. */

import { declaredLength, type ReadOptions, readChunks } from './chunks.ts';
import { type BlobKeys, type BodyLimits, defaultLimits, noBlobs } from './limits.ts';
import { createJsonScanner } from './scan/json-scanner.ts';

export interface JsonOptions extends ReadOptions {
  /**
   * Which keys hold base64; it arrives as `Uint8Array`.
   * @default no key
   */
  readonly blobs?: BlobKeys | undefined;
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<BodyLimits> | undefined;
}

/**
 * Reads a JSON document and decodes its blobs while it arrives.
 * @throws {BodyError} `unreadable`, `too_large`, `network`
 * @throws the signal's reason
 */
export async function readJson(
  response: Response,
  { blobs = noBlobs, limits, ...read }: JsonOptions = {},
): Promise<unknown> {
  const merged = { ...defaultLimits, ...limits };
  const scanner = createJsonScanner({ blobs, limits: merged, expectedBytes: declaredLength(response) });
  for await (const chunk of readChunks(response, { ...read, maxBytes: merged.maxBytes })) scanner.write(chunk);
  return scanner.end();
}

/** A small JSON text that is at hand, read as strictly as a body. @throws BodyError */
export function parseJsonText(text: string): unknown {
  const scanner = createJsonScanner({ blobs: noBlobs, limits: defaultLimits });
  scanner.write(new TextEncoder().encode(text));
  return scanner.end();
}
