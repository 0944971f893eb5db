/**
 * The content of an object, and the check that a server stored what it acknowledged. A proxy or a faulty server may answer 200 and store
 * nothing, and after the answer the local bytes are deleted. Source: Amazon S3 API Reference, "PutObject".
 */
import { createHash } from 'node:crypto';
import { S3Fault } from './fault.ts';

/** The content of a new object. */
export interface Content {
  readonly bytes: Uint8Array;
  /** The SHA-256 of the bytes, in hex. */
  readonly sha256: string;
  /** Headers of the object, including `x-amz-meta-…`. */
  readonly headers: Readonly<Record<string, string>>;
}

export const toBase64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

/**
 * Compares the checksum of the reply, then its ETag, which most servers make with MD5. Reads the object back when neither proves anything:
 * a server without checksums, or with encrypted objects.
 * @throws S3Fault the object is missing or has other bytes
 */
export async function checkStored(
  key: string,
  { bytes, sha256 }: Content,
  reply: Headers,
  get: (key: string, maxBytes: number) => Promise<{ readonly bytes: Uint8Array } | undefined>,
): Promise<void> {
  const checksum = reply.get('x-amz-checksum-sha256');
  if (checksum === toBase64(sha256)) return;
  if (checksum === null && reply.get('etag') === `"${md5(bytes)}"`) return;
  const stored = await get(key, bytes.length);
  if (stored && Buffer.compare(stored.bytes, bytes) === 0) return;
  throw notStoredFault(key);
}

/** @returns `undefined` where the system allows no MD5 */
function md5(bytes: Uint8Array): string | undefined {
  try {
    return createHash('md5').update(bytes).digest('hex');
  } catch {
    return undefined; // a system in FIPS mode
  }
}

export const notStoredFault = (key: string): S3Fault =>
  new S3Fault(`the server answered that it stored ${key}, but it did not`, {
    isTransient: true,
    hint: 'Check that endpoint is the address of the bucket server and not of a proxy that answers in its place.',
  });
