import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

/** Returns the SHA-256 in hex. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Shorter files are hashed at once: handing them over takes longer. */
const ASIDE_FROM_BYTES = 1_000_000;
/** Hashes at the same time. Each copies its file. */
const LANES = 2;

const lanes: Promise<unknown>[] = Array.from({ length: LANES }, () => Promise.resolve());
let hashes = 0;

/** Returns the SHA-256 in hex. A large file is hashed beside the event loop, which goes on. */
export function sha256Aside(bytes: Uint8Array): Promise<string> {
  if (bytes.length < ASIDE_FROM_BYTES) return Promise.resolve(sha256(bytes));
  const lane = hashes++ % LANES;
  const hash = lanes[lane]!.then(() => crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)); // never shared memory
  lanes[lane] = hash.catch(() => undefined); // the caller gets the error
  return hash.then((digest) => Buffer.from(digest).toString('hex'));
}
