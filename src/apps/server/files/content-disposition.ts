/** Writes the header `Content-Disposition` (RFC 6266, RFC 8187). */

/** @param name any text; it cannot break out of the header */
export function contentDisposition(kind: 'inline' | 'attachment', name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\/%;]/g, '_');
  return plain === name
    ? `${kind}; filename="${name}"`
    : `${kind}; filename="${plain}"; filename*=UTF-8''${encode(name)}`;
}

/** `encodeURIComponent` leaves five characters that RFC 8187 does not allow. A half of a surrogate pair cannot be encoded. */
const encode = (name: string): string =>
  encodeURIComponent(name.toWellFormed()).replace(
    /['()*!]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
