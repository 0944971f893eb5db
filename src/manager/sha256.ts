/** Hashes bytes with the Web Crypto API. */

/** Returns the SHA-256 in hex. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // The copy cannot be changed by other code while it is hashed.
  const hash = await crypto.subtle.digest('SHA-256', new Uint8Array(bytes));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
