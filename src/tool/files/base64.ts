/** Converts bytes to base64 and back. */

export const toBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');

/** @param text base64 or base64url, with or without padding @returns `undefined`: it is neither, or empty, or longer than `maxBytes` */
export function readBase64(text: string, maxBytes: number): Uint8Array<ArrayBuffer> | undefined {
  const digits = text.length - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
  const length = Math.floor((digits * 3) / 4);
  if (length === 0 || length > maxBytes || digits % 4 === 1) return undefined;
  const bytes = new Uint8Array(length);
  // Node skips other characters, and then there are fewer bytes.
  return Buffer.from(bytes.buffer).write(text, 'base64') === length ? bytes : undefined;
}
