import { createHash } from 'node:crypto';
import { setImmediate as yieldToOthers } from 'node:timers/promises';

/** Returns the SHA-256 in hex. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Shorter files are hashed at once. */
const PART_BYTES = 1_000_000;

let last: Promise<unknown> = Promise.resolve();

/**
 * Returns the SHA-256 in hex. A large file is hashed in parts, and other work of the process runs between them. Files are hashed one after the
 * other: a part of each in one pass of the event loop would stop it for long. Not by `crypto.subtle`, which copies the file.
 */
export function sha256InParts(bytes: Uint8Array): Promise<string> {
  if (bytes.length <= PART_BYTES) return Promise.resolve(sha256(bytes));
  const hash = last.then(() => hashInParts(bytes));
  last = hash.catch(() => undefined); // the caller gets the error
  return hash;
}

async function hashInParts(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  for (let start = 0; start < bytes.length; start += PART_BYTES) {
    await yieldToOthers();
    hash.update(bytes.subarray(start, start + PART_BYTES));
  }
  return hash.digest('hex');
}
