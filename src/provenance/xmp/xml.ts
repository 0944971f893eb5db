/**
 * A small, strict reader of XML with namespaces, for XMP packets. It keeps the places of elements and attributes, so that a packet
 * can be changed without being written anew. Less than XML: no DOCTYPE, so no entities of the packet's own.
 * Source: XML 1.0 (fifth edition) and Namespaces in XML 1.0 (W3C).
 */
import { resolveEntities } from './escape.ts';
import { type OpenTag, OUTERMOST, readName, readOpenTag, skipSpace, type XmlElement } from './xml-tag.ts';

/** XMP needs about ten. */
const MAX_DEPTH = 64;
/** What may stand around the one element: white space, a byte order mark, the zeros that some writers end with. */
const NOTHING = /^[ \t\r\n\0\ufeff]*$/;

/**
 * Reads one document in linear time.
 * @returns its element, or in words what is wrong; the subject is the text
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
    } else if (!NOTHING.test(raw)) return 'has text outside its element';
    if (tag === -1) break;

    if (text.startsWith('<?', tag) || text.startsWith('<!', tag)) {
      const end = endOfMarkup(text, tag);
      if (typeof end === 'string') return end;
      if (text.startsWith('<![CDATA[', tag)) {
        if (!inside) return 'has text outside its element';
        inside.element.text += text.slice(tag + 9, end - 3);
      }
      at = end;
    } else if (text[tag + 1] === '/') {
      const closing = readName(text, tag + 2);
      const end = skipSpace(text, tag + 2 + closing.length);
      if (text[end] !== '>' || closing !== inside?.tag) return 'has a closing tag that does not fit';
      inside.element.contentEnd = tag;
      at = inside.element.end = end + 1;
      open.pop();
    } else {
      if (!inside && root) return 'has more than one element';
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

/** Behind a comment, an instruction or a piece of plain characters. */
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
