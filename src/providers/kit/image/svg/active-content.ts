/**
 * Finds active content in an SVG file: scripts, event handlers, links and references outside the file.
 * Elements are on an allow list, because new active ones keep being added. Private data of editors is allowed if it has a prefix.
 * The file must also be inert inside HTML, whose parser reads some XML differently.
 * Source: SVG 2 (W3C), appendix "Element index" and section 2.1 (processing modes); HTML standard, 13.2.6.5 (foreign content).
 */
import { localName } from './svg.ts';
import { readXml, type SvgElement } from './xml.ts';

const DRAWING_ELEMENTS = new Set(
  `a animate animateMotion animateTransform circle clipPath defs desc ellipse feBlend feColorMatrix feComponentTransfer
   feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight feDropShadow feFlood feFuncA feFuncB
   feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode feMorphology feOffset fePointLight feSpecularLighting
   feSpotLight feTile feTurbulence filter font font-face font-face-src font-face-name g glyph image line linearGradient
   marker mask metadata missing-glyph mpath path pattern polygon polyline radialGradient rect set solidcolor stop style
   svg switch symbol text textPath title tspan tref use view`
    .toLowerCase()
    .split(/\s+/),
);
/** Refused with any prefix: the prefix may be bound to the SVG namespace. */
const ACTIVE_ELEMENTS = new Set(['script', 'foreignobject', 'handler', 'listener']);
const ANIMATION_ELEMENTS = new Set(['animate', 'set']);
const LINK_ATTRIBUTES = new Set(['href', 'src', 'base']);

const XHTML = 'http://www.w3.org/1999/xhtml';
/** Embedded images and fonts. SVG is not allowed, because it could contain active content again. */
const INERT_DATA =
  /^data:(?:image\/(?:png|jpe?g|gif|webp|avif)|(?:font|application)\/(?:x-)?(?:font-)?(?:woff2?|ttf|otf|truetype|opentype))[;,]/i;

/**
 * @param text a well-formed SVG file
 * @returns a description of the active content ("contains a script element"); undefined if the file is inert
 */
export function findActiveContent(text: string): string | undefined {
  /** The text of the current style sheet. Comments and CDATA sections inside it do not end it. */
  let sheet: string | undefined;
  for (const token of readXml(text)) {
    let found: string | undefined;
    switch (token.kind) {
      case 'error':
        return 'is not well-formed';
      case 'open':
        // HTML would parse such an element as text, and the content of its attributes as elements.
        if (sheet !== undefined) return 'contains an element inside a style sheet';
        if (!token.isEmpty && localName(token.name).toLowerCase() === 'style') sheet = '';
        found = inElement(token);
        break;
      case 'close':
        if (sheet !== undefined) found = inStyle(sheet);
        sheet = undefined;
        break;
      case 'text':
        if (sheet !== undefined) sheet += token.text;
        break;
      case 'cdata':
        // In some places HTML ends such a section at the first `>`, and would run what follows.
        if (sheet === undefined || /[<>]/.test(token.text)) return 'contains a CDATA section';
        sheet += token.text;
        break;
      case 'instruction':
        if (token.target !== 'xml' || token.text.includes('>')) found = 'contains a processing instruction';
    }
    if (found) return found;
  }
  return undefined;
}

function inElement({ name, attributes }: SvgElement): string | undefined {
  const local = localName(name).toLowerCase();
  const isPrivate = name.includes(':') && !name.startsWith('svg:');
  if (ACTIVE_ELEMENTS.has(local)) return `contains a ${local} element`;
  if (!isPrivate && !DRAWING_ELEMENTS.has(local)) return 'contains an element that is not part of a drawing';
  for (const [attribute, value] of attributes) {
    const found = inAttribute(local, attribute.toLowerCase(), value);
    if (found) return found;
  }
  return undefined;
}

function inAttribute(element: string, attribute: string, value: string): string | undefined {
  const local = localName(attribute);
  const compact = removeBlanks(value);
  if (local.startsWith('on')) return 'contains an event handler';
  if (/(?:java|vb)script:|data:text\/html/i.test(compact)) return 'contains a javascript: link';
  if (attribute.startsWith('xmlns')) return compact === XHTML ? 'contains HTML' : undefined;
  if (LINK_ATTRIBUTES.has(local) && !isInternal(value)) return 'refers to something outside the file';
  if (ANIMATION_ELEMENTS.has(element) && local === 'attributename' && /^(?:.*:)?(?:on|href$)/i.test(compact)) {
    return 'contains an animation of a link or event handler';
  }
  return inStyle(value);
}

/** Finds external references in a style. Called for every attribute, because many accept `url(...)`. */
function inStyle(text: string): string | undefined {
  if (!/[(@\\:]/.test(text)) return undefined;
  const css = unescapeCss(text).toLowerCase();
  if (/@import|expression\s*\(|-moz-binding|behavior\s*:/.test(css)) return 'contains an active style';
  if (/(?:image|image-set|src|cross-fade|element)\s*\(/.test(css)) return 'refers to something outside the file';
  for (const [, target = ''] of css.matchAll(/url\(["'\s]*([^"')]{0,60})/g)) {
    if (!isInternal(target)) return 'refers to something outside the file';
  }
  return undefined;
}

/** Reads a link as URL parsers do: they ignore leading control characters and spaces, and all line breaks and tabs. */
function isInternal(link: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: URL parsers skip exactly these
  const url = link.replace(/[\t\n\r]/g, '').replace(/^[\u0000-\u0020]+/, '');
  return url === '' || url.startsWith('#') || INERT_DATA.test(url);
}

/** Removes characters that some readers ignore and that could hide a word. */
function removeBlanks(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters can hide words
  return text.replace(/[\u0000-\u0020\u007f-\u00a0\u00ad\u200b-\u200f\ufeff]/g, '');
}

function unescapeCss(text: string): string {
  return text.replace(/\\(?:([0-9a-fA-F]{1,6})\s?|([^\n]))/g, (_, hex?: string, character = '') => {
    if (hex === undefined) return character;
    const code = Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}
