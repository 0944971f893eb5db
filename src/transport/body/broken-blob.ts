/** Marks blobs that could not be decoded. Their undecoded text is returned, because it may have been paid for. */

const reasons = new WeakMap<Uint8Array, string>();

/** Marks bytes as undecoded text. @param text the string as received */
export function markBroken<T extends Uint8Array>(text: T, reason: string): T {
  reasons.set(text, reason);
  return text;
}

/** Returns why the bytes could not be decoded; `undefined` for a decoded blob. */
export function brokenReason(bytes: Uint8Array): string | undefined {
  return reasons.get(bytes);
}
