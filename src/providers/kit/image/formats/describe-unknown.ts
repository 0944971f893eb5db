/** Describes a file that is not a supported image, for error messages. */
import { hasText, latin1 } from '../bytes.ts';
import { readBrands } from './iso-boxes.ts';

/** Signatures (Latin-1) and the names of their formats. Source: the formats' own specifications. */
const SIGNATURES: readonly (readonly [signature: string, name: string])[] = [
  ['II*\0', 'a TIFF'],
  ['MM\0*', 'a TIFF'],
  ['II+\0', 'a TIFF'],
  ['MM\0+', 'a TIFF'],
  ['BM', 'a BMP'],
  ['%PDF-', 'a PDF'],
  ['8BPS', 'a Photoshop'],
  ['\0\0\x01\0', 'an ICO'],
  ['\xff\x0a', 'a JPEG XL'],
  ['\0\0\0\x0cJXL ', 'a JPEG XL'],
  ['\0\0\0\x0cjP  ', 'a JPEG 2000'],
  ['qoif', 'a QOI'],
  ['v/1\x01', 'an OpenEXR'],
  ['PK\x03\x04', 'a ZIP'],
  ['\x1f\x8b', 'a gzip'],
  ['\x1a\x45\xdf\xa3', 'a WebM'],
];

const HEIC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1'];

/** How much of the file is read as text. */
const HEAD_BYTES = 1024;

/** @returns a phrase whose subject is the file, e.g. "looks like an HTML page" */
export function describeUnknown(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'is empty';
  const signature = SIGNATURES.find(([text]) => hasText(bytes, 0, text));
  if (signature) return `is ${signature[1]} file, which is not supported`;
  const brands = readBrands(bytes);
  if (brands.some((brand) => HEIC_BRANDS.includes(brand))) return 'is a HEIC file, which is not supported';
  if (brands.length > 0) return 'looks like a video';
  return describeText(latin1(bytes, 0, HEAD_BYTES)) ?? 'has no known image signature';
}

function describeText(head: string): string | undefined {
  const text = head.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (text === '') return 'is blank';
  if (/^<(?:!doctype\s+html|html|head|body|title|script)\b/i.test(text)) return 'looks like an HTML page';
  if (text.startsWith('<')) return 'looks like XML or HTML, not like an image';
  if (/^[{[]/.test(text)) return 'looks like JSON';
  if (/^data:/i.test(text)) return 'looks like a data URL that was not decoded';
  if (/^(?:iVBORw0KGgo|\/9j\/|UklGR|R0lGOD|AAAA[A-Za-z0-9+/]{4}Z0eX)/.test(text))
    return 'looks like base64 that was not decoded';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters distinguish binary data from text
  return /^[^\x00-\x08\x0e-\x1f]+$/.test(text) ? 'looks like plain text' : undefined;
}
