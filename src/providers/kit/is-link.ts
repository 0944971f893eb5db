/** Whether a text in the place of a link can be one: absolute, a `data:` URL, or a path of the vendor's own origin. A word leads nowhere. */
export function isLink(text: string): boolean {
  return /^\s*(?:https?:|data:|\/)/i.test(text);
}
