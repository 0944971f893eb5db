/** Escapes texts for XML, and removes characters that XML does not allow. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
const CHARACTERS: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Removes control characters except tab and line breaks, and characters that XML 1.0 forbids (section 2.2). Unpaired surrogates become
 * U+FFFD.
 */
export function toXmlText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are removed
  return text.toWellFormed().replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]/g, '');
}

/** Escapes for element content and attribute values. A carriage return is written as a number, because readers turn a plain one into a line feed. */
export function escapeXml(text: string): string {
  return toXmlText(text)
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
    .replaceAll('\r', '&#xD;');
}

/** @returns `undefined` when the text contains an entity that XML does not define */
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
