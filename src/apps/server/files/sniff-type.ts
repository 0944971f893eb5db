/** The type of a file, from its first bytes. A file is never served as what its name or its sidecar says. */

export interface SniffedType {
  readonly mediaType: string;
  /** A browser may show it in place. Anything else is downloaded, because it could have scripts. */
  readonly isSafeInline: boolean;
}

const SIGNATURES: readonly (readonly [mediaType: string, at: number, text: string])[] = [
  ['image/png', 0, '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', 0, '\xff\xd8\xff'],
  ['image/gif', 0, 'GIF87a'],
  ['image/gif', 0, 'GIF89a'],
  ['image/webp', 8, 'WEBPVP8'],
  ['image/avif', 4, 'ftypavif'],
  ['image/avif', 4, 'ftypavis'],
];

export function sniffType(bytes: Uint8Array): SniffedType {
  const head = String.fromCharCode(...bytes.subarray(0, 256));
  const found = SIGNATURES.find(([, at, text]) => head.startsWith(text, at));
  if (found !== undefined) return { mediaType: found[0], isSafeInline: true };
  const isSvg = /^(?:\xef\xbb\xbf)?\s*<(?:svg|\?xml)/i.test(head);
  return { mediaType: isSvg ? 'image/svg+xml' : 'application/octet-stream', isSafeInline: false };
}
