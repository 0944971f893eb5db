/** SVG: checks that the file is complete, well-formed and has a size in pixels. `findActiveContent` checks that it is inert. Source: SVG 2 (W3C), 8.2 and 8.6. */
import { brokenImage, type Inspection, inspectedImage } from '../inspection.ts';
import { readXml, type SvgElement } from './xml.ts';

/** Deeper nesting indicates an attack on renderers. */
const MAX_DEPTH = 256;
/** Unlike other formats, an SVG is parsed completely and synchronously. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Returns the file as text; undefined if it is not UTF-8, the only encoding that all readers decode to the same text. */
export function readSvgText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined; // the bytes are not UTF-8
  }
}

/** Checks whether the text begins, after its prolog, with an `svg` element. Reads only the first 64 kB. */
export function isSvg(bytes: Uint8Array): boolean {
  const first = bytes.subarray(0, 64).find((byte) => byte > 0x20 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf);
  if (first !== 0x3c) return false;
  const head = new TextDecoder().decode(bytes.subarray(0, 65_536));
  for (const token of readXml(head)) {
    if (token.kind === 'open') return localName(token.name) === 'svg';
    // A tag that is truncated at 64 kB, or a damaged prolog: the raw text still distinguishes an SVG file from a web page.
    if (token.kind === 'error') return /^\s*(?:<[?!][^>]*>\s*)*<(?:svg[\s>]|!DOCTYPE\s+svg\b)/.test(head);
    if (token.kind === 'close' || (token.kind === 'text' && token.text.trim() !== '')) return false;
  }
  return false;
}

export function inspectSvg(bytes: Uint8Array): Inspection {
  if (bytes.length > MAX_BYTES) return brokenImage('svg', `is longer than ${MAX_BYTES} bytes`);
  const text = readSvgText(bytes);
  if (text === undefined) return brokenImage('svg', 'is not UTF-8 text');
  let root: SvgElement | undefined;
  const open: string[] = [];

  for (const token of readXml(text)) {
    switch (token.kind) {
      case 'error':
        return brokenImage('svg', token.reason);
      case 'open':
        if (root && open.length === 0) return brokenImage('svg', 'has a second root element');
        root ??= token;
        if (!token.isEmpty) open.push(token.name);
        if (open.length > MAX_DEPTH) return brokenImage('svg', `nests elements deeper than ${MAX_DEPTH}`);
        break;
      case 'close':
        if (open.pop() !== token.name) return brokenImage('svg', 'has tags that do not match');
        break;
      case 'instruction':
        if (token.target === 'xml' && !isUtf8Declaration(token.text)) return brokenImage('svg', 'is not UTF-8 text');
        break;
      case 'text':
      case 'cdata':
        if (open.length === 0 && token.text.trim() !== '')
          return brokenImage('svg', 'has text outside its root element');
        break;
      case 'doctype':
        if (root) return brokenImage('svg', 'has a misplaced document type');
    }
  }
  if (!root || open.length > 0) return brokenImage('svg', 'ends inside an element');
  const size = readSize(root);
  if (!size) return brokenImage('svg', 'has neither a width and height in pixels nor a viewBox');
  return inspectedImage('svg', { ...size, hasAlpha: undefined });
}

export function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** With another declared encoding, a browser could read other characters than this check. */
function isUtf8Declaration(declaration: string): boolean {
  const [, encoding = 'utf-8'] = /encoding\s*=\s*["']([^"']*)["']/.exec(declaration) ?? [];
  return /^(?:utf-8|us-ascii)$/i.test(encoding);
}

function readSize({ attributes }: SvgElement): { width: number; height: number } | undefined {
  const value = (name: string) => attributes.find(([attribute]) => attribute === name)?.[1].trim();
  const width = readPixels(value('width'));
  const height = readPixels(value('height'));
  if (width !== undefined && height !== undefined) return { width, height };
  const viewBox = value('viewBox')?.split(/[\s,]+/) ?? [];
  const [boxWidth, boxHeight] = [readPixels(viewBox[2]), readPixels(viewBox[3])];
  if (viewBox.length !== 4 || boxWidth === undefined || boxHeight === undefined) return undefined;
  return { width: boxWidth, height: boxHeight };
}

/** Reads a plain number or one in `px`, rounded up to whole pixels. Other units depend on the page. */
function readPixels(text: string | undefined): number | undefined {
  const [, digits] = /^\+?((?:\d{1,9}(?:\.\d{0,20})?|\.\d{1,20}))(?:px)?$/i.exec(text ?? '') ?? [];
  return digits === undefined ? undefined : Math.ceil(Number(digits));
}
