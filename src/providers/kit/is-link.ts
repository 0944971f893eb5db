/** Checks whether a text can be a link: an absolute URL, a `data:` URL, or a path on the vendor's own origin. */
export function isLink(text: string): boolean {
  return /^\s*(?:https?:|data:|\/)/i.test(text);
}
