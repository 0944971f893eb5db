/** Blobs that could not be decoded. The reader hands on their text as it came, since it may have been paid for. */

const reasons = new WeakMap<Uint8Array, string>();

/** @param text the string as it was written, in bytes */
export function markBroken<T extends Uint8Array>(text: T, reason: string): T {
  reasons.set(text, reason);
  return text;
}

/** Why the bytes are the text of a blob and not its content; `undefined` for a blob that was decoded. */
export function brokenReason(bytes: Uint8Array): string | undefined {
  return reasons.get(bytes);
}
