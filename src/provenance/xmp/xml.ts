/**
 * A small, strict XML reader with namespaces, for XMP packets. It records the positions of elements and attributes, so that a packet can be
 * changed in place. It does not support DOCTYPE, so a document cannot define entities.
 * Source: XML 1.0 (fifth edition) and Namespaces in XML 1.0 (W3C).
 */
import { resolveEntities } from './escape.ts';
import { type OpenTag, OUTERMOST, readName, readOpenTag, skipSpace, type XmlElement } from './xml-tag.ts';

/** XMP needs about ten levels. */
const MAX_DEPTH = 64;
/** Allowed around the root element: white space, a byte order mark, and the zeros that some programs write at the end. */
const PADDING = /^[ \t\r\n\0\ufeff]*$/;

/**
 * Reads one document in linear time.
 * @returns the root element, or what is wrong, as a phrase whose subject is the text
 */
export function readXml(text: string): XmlElement | string {
  const open: OpenTag[] = [];
  let root: XmlElement | undefined;
  let at = 0;
  while (at < text.length) {
    const tag = text.indexOf('<', at);
    const raw = text.slice(at, tag === -1 ? text.length : tag);
    const inside = open.at(-1);
    if (inside) {
      const resolved = resolveEntities(raw);
      if (resolved === undefined) return 'uses an entity that XML does not define';
      inside.element.text += resolved;
    } else if (!PADDING.test(raw)) return 'has text outside its root element';
    if (tag === -1) break;

    if (text.startsWith('<?', tag) || text.startsWith('<!', tag)) {
      const end = endOfMarkup(text, tag);
      if (typeof end === 'string') return end;
      if (text.startsWith('<![CDATA[', tag)) {
        if (!inside) return 'has text outside its root element';
        inside.element.text += text.slice(tag + 9, end - 3);
      }
      at = end;
    } else if (text[tag + 1] === '/') {
      const closing = readName(text, tag + 2);
      const end = skipSpace(text, tag + 2 + closing.length);
      if (text[end] !== '>' || closing !== inside?.tag) return 'has a closing tag that does not match';
      inside.element.contentEnd = tag;
      at = inside.element.end = end + 1;
      open.pop();
    } else {
      if (!inside && root) return 'has more than one root element';
      if (open.length >= MAX_DEPTH) return `is nested more than ${MAX_DEPTH} deep`;
      const opened = readOpenTag(text, tag, inside?.scope ?? OUTERMOST);
      if (typeof opened === 'string') return opened;
      root ??= opened.element;
      inside?.element.children.push(opened.element);
      if (!opened.isEmpty) open.push(opened);
      at = opened.element.end;
    }
  }
  if (open.length > 0) return 'ends inside an element';
  return root ?? 'has no element';
}

/** Returns the end of a comment, an instruction or a CDATA section. */
function endOfMarkup(text: string, at: number): number | string {
  const [start, closing] = text.startsWith('<?', at)
    ? [2, '?>']
    : text.startsWith('<!--', at)
      ? [4, '-->']
      : text.startsWith('<![CDATA[', at)
        ? [9, ']]>']
        : [0, ''];
  if (closing === '') return 'has a DOCTYPE or other declaration';
  const end = text.indexOf(closing, at + start);
  return end === -1 ? 'ends inside a tag' : end + closing.length;
}
