/**
 * Describes a prompt in hooks, which must not show it (contract S1).
 * @returns the first 16 characters of its SHA-256 in hex, and its length
 */
export async function promptLabels(prompt: string): Promise<Readonly<Record<string, string>>> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(prompt));
  const hex = Array.from(new Uint8Array(digest).subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { promptHash: hex, promptLength: String(prompt.length) };
}
