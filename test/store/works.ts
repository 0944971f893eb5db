/** The operations during which test processes are killed, and their images. */
import { createHash } from 'node:crypto';

export const WORKS = ['save', 'change', 'delete', 'reindex', 'quarantine', 'money', 'repair'] as const;
export type Work = (typeof WORKS)[number];

/** Returns bytes that depend only on the name, so that they are the same in every process. */
export const bytesOf = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    Buffer.concat(Array.from({ length: 20 }, (_, at) => createHash('sha256').update(`${name} ${at}`).digest())),
  );

/** Returns enough bytes for a multipart upload. */
export const largeBytesOf = (name: string): Uint8Array<ArrayBuffer> => {
  const some = bytesOf(name);
  const bytes = new Uint8Array(16 * 1024 * 1024);
  for (let at = 0; at < bytes.length; at += some.length) bytes.set(some.subarray(0, bytes.length - at), at);
  return bytes;
};
