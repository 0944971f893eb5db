/** Texts in XML: any string goes in, and comes back without the characters that XML cannot hold. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
const CHARACTERS: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Drops control characters but for tab and line breaks, and what XML 1.0 forbids (section 2.2). Half a surrogate pair becomes
 * U+FFFD.
 */
export function toXmlText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is dropped
  return text.toWellFormed().replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]/g, '');
}

/** For the inside of an element or a quoted value. A carriage return is written as a number, or else a reader makes it a line feed. */
export function escapeXml(text: string): string {
  return toXmlText(text)
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
    .replaceAll('\r', '&#xD;');
}

/** @returns undefined when an entity is not one of XML's own */
export function resolveEntities(text: string): string | undefined {
  if (!text.includes('&')) return text;
  let isKnown = true;
  const resolved = text.replace(/&(?:(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|[a-z]{2,4});)?/g, (_, entity?: string) => {
    const character = entity === undefined ? undefined : characterOf(entity);
    if (character === undefined) isKnown = false;
    return character ?? '';
  });
  return isKnown ? resolved : undefined;
}

function characterOf(entity: string): string | undefined {
  if (!entity.startsWith('#')) return Object.hasOwn(CHARACTERS, entity) ? CHARACTERS[entity] : undefined;
  const code = entity[1] === 'x' ? Number.parseInt(entity.slice(2), 16) : Number.parseInt(entity.slice(1), 10);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
