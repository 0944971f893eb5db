/** Splits and assembles image files without the code under test. */
import { crc32 } from 'node:zlib';
import { chunk } from '../../providers/kit/image/make-png.ts';

export interface Part {
  readonly type: string;
  readonly data: Buffer;
}

export function pngParts(bytes: Uint8Array): Part[] {
  const file = Buffer.from(bytes);
  const parts: Part[] = [];
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    if (crc32(file.subarray(at + 4, at + 8 + length)) !== file.readUInt32BE(at + 8 + length))
      throw new Error('checksum');
    parts.push({ type: file.toString('latin1', at + 4, at + 8), data: file.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return parts;
}

export function pngOf(parts: readonly Part[]): Buffer {
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    ...parts.map(({ type, data }) => chunk(type, data)),
  ]);
}

/** Inserts a chunk after the header. */
export function pngWithChunk(bytes: Uint8Array, type: string, data: Uint8Array): Buffer {
  const [header, ...rest] = pngParts(bytes);
  return pngOf([header!, { type, data: Buffer.from(data) }, ...rest]);
}

export const XMP_KEYWORD = 'XML:com.adobe.xmp\0';

export function pngWithXmp(bytes: Uint8Array, xmp: string): Buffer {
  return pngWithChunk(bytes, 'iTXt', Buffer.from(`${XMP_KEYWORD}\0\0\0\0${xmp}`));
}

/** Returns the segments of a JPEG up to its scan, by marker in hex. */
export function jpegParts(bytes: Uint8Array): Part[] {
  const file = Buffer.from(bytes);
  const parts: Part[] = [];
  for (let at = 2; file[at + 1] !== 0xda; ) {
    const length = file.readUInt16BE(at + 2);
    parts.push({ type: file[at + 1]!.toString(16), data: file.subarray(at + 4, at + 2 + length) });
    at += 2 + length;
  }
  return parts;
}

export function segment(marker: number, data: Uint8Array | string): Buffer {
  const body = Buffer.from(data as string);
  return Buffer.concat([Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255]), body]);
}

/** Inserts segments directly after the start of the image. */
export function jpegWith(bytes: Uint8Array, ...segments: readonly Uint8Array[]): Buffer {
  return Buffer.concat([bytes.subarray(0, 2), ...segments, bytes.subarray(2)]);
}

export function jpegWithXmp(bytes: Uint8Array, xmp: string): Buffer {
  return jpegWith(bytes, segment(0xe1, `http://ns.adobe.com/xap/1.0/\0${xmp}`));
}

export function webpParts(bytes: Uint8Array): Part[] {
  const file = Buffer.from(bytes);
  if (file.readUInt32LE(4) !== file.length - 8) throw new Error('length');
  const parts: Part[] = [];
  for (let at = 12; at < file.length; ) {
    const length = file.readUInt32LE(at + 4);
    parts.push({ type: file.toString('latin1', at, at + 4), data: file.subarray(at + 8, at + 8 + length) });
    at += 8 + length + (length % 2);
  }
  return parts;
}

export function webpOf(parts: readonly Part[]): Buffer {
  const body = parts.map(({ type, data }) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(data.length);
    return Buffer.concat([Buffer.from(type), length, data, Buffer.alloc(data.length % 2)]);
  });
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.concat(body).length + 4);
  return Buffer.concat([Buffer.from('RIFF'), length, Buffer.from('WEBP'), ...body]);
}

export function webpWithChunk(bytes: Uint8Array, type: string, data: string): Buffer {
  return webpOf([...webpParts(bytes), { type, data: Buffer.from(data) }]);
}

/** A packet as vendors write it: one description with attributes and elements, in the standard wrapper. */
export function vendorXmp(attributes: string, elements = ''): string {
  return (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Vendor 1.0">\n' +
    ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n  <rdf:Description rdf:about=""\n' +
    '    xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"\n' +
    '    xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"\n' +
    `    xmlns:ai="urn:ai-image:provenance:1#" ${attributes}>${elements}</rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n` +
    `${' '.repeat(200)}\n<?xpacket end="w"?>`
  );
}
