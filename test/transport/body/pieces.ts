/** Shared by the tests of this folder: cuts bytes into chunks, and reads them one by one. */
import fc from 'fast-check';
import { type BlobKeys, type BodyLimits, defaultLimits, noBlobs } from '../../../src/transport/body/limits.ts';
import { createJsonScanner } from '../../../src/transport/body/scan/json-scanner.ts';

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export interface ScanSettings {
  readonly blobs?: BlobKeys;
  readonly limits?: Partial<BodyLimits>;
  readonly expectedBytes?: number;
  readonly nonFinite?: 'refuse' | 'null';
  /** Lengths of the chunks, again and again from the first. Default: one chunk. */
  readonly cuts?: readonly number[];
}

/** Cuts bytes into chunks of the given lengths, which are gone through again and again. */
export function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = lengths[chunks.length % lengths.length] ?? bytes.length;
    chunks.push(bytes.slice(at, at + length));
    at += length;
  }
  return chunks;
}

export function scan(
  body: string | Uint8Array,
  { blobs = noBlobs, limits, expectedBytes, nonFinite, cuts = [] }: ScanSettings = {},
): unknown {
  const bytes = typeof body === 'string' ? utf8(body) : body;
  const scanner = createJsonScanner({ blobs, limits: { ...defaultLimits, ...limits }, expectedBytes, nonFinite });
  for (const chunk of cut(bytes, cuts)) {
    scanner.write(chunk);
    chunk.fill(0); // whoever gave the chunk may take it back
  }
  return scanner.end();
}

/** The result or the reason of the failure, so that two ways of reading can be compared whichever way they end. */
export function outcomeOf(read: () => unknown): unknown {
  try {
    return { value: read() };
  } catch (error) {
    return { error: error instanceof Error ? `${error.name}: ${error.message}` : error };
  }
}

/** Random chunk borders, often very close together; `[1]` is every byte alone. */
export const cuts = fc.array(fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 200 })), {
  minLength: 1,
  maxLength: 20,
});
