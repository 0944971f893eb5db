import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Inspection, inspectImage } from '../../../../src/providers/kit/image/inspect-image.ts';
import { runsOf } from '../../../support/full-size.ts';
import { chunk, headerChunk, makePng, pngWith, SIGNATURE } from './make-png.ts';
import { files, svg, text } from './samples.ts';

const grey = (extra: { before?: Uint8Array[]; behind?: Uint8Array[] } = {}) =>
  makePng({ width: 2, height: 1, bitDepth: 8, colourType: 0, samples: [0, 255], ...extra });
const reasonOf = (found: Inspection) => (found.kind === 'image' ? 'is fine' : found.reason);
const uint32 = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, place) => {
    bytes.writeUInt32BE(value, place * 4);
  });
  return bytes;
};

/** An AVIF file of two pictures, 999x5 and 37x23, without real pixels. */
function avif({ primary, samples }: { primary: number; samples?: number }): Uint8Array {
  const box = (type: string, ...parts: Uint8Array[]) => {
    const body = Buffer.concat([Buffer.from(type), ...parts]);
    return Buffer.concat([uint32(body.length + 4), body]);
  };
  const size = (width: number, height: number) => box('ispe', uint32(0, width, height));
  // Two items of one property each: item 1 has the first size, item 2 the second.
  const associations = box('ipma', uint32(0, 2), Buffer.from([0, 1, 1, 1, 0, 2, 1, 2]));
  const sampleSizes = box('stsz', uint32(0, 0, samples ?? 0));
  const track = box('trak', box('mdia', box('minf', box('stbl', sampleSizes))));
  return Buffer.concat([
    box('ftyp', Buffer.from('avif\0\0\0\0avif')),
    box(
      'meta',
      uint32(0),
      box('pitm', uint32(0), Buffer.from([0, primary])),
      box('iprp', box('ipco', size(999, 5), size(37, 23)), associations),
    ),
    ...(samples === undefined ? [] : [box('moov', track)]),
    box('mdat', Buffer.alloc(10)),
  ]);
}

describe('inspectImage on complete files', () => {
  const size = { kind: 'image', width: 37, height: 23, frames: 1 };
  it.each([
    ['png', { format: 'png', mediaType: 'image/png', hasAlpha: false }],
    ['pngAlpha', { format: 'png', hasAlpha: true }],
    ['pngPalette', { format: 'png', hasAlpha: false }],
    ['pngInterlaced', { format: 'png', hasAlpha: false }],
    ['jpeg', { format: 'jpeg', mediaType: 'image/jpeg', hasAlpha: false }],
    ['jpegProgressive', { format: 'jpeg' }],
    ['jpegGrey', { format: 'jpeg' }],
    ['jpegRestarts', { format: 'jpeg', width: 64, height: 64 }],
    ['webp', { format: 'webp', mediaType: 'image/webp', hasAlpha: false }],
    ['webpLossless', { format: 'webp', hasAlpha: false }],
    ['webpAlpha', { format: 'webp', hasAlpha: true }],
    ['webpAnimated', { format: 'webp', width: 16, height: 8, frames: 3 }],
    ['gif', { format: 'gif', mediaType: 'image/gif' }],
    ['gifAnimated', { format: 'gif', width: 16, height: 8, frames: 3 }],
    ['avif', { format: 'avif', mediaType: 'image/avif', hasAlpha: false }],
    ['avifAlpha', { format: 'avif', hasAlpha: true }],
  ] as const)('%s', (name, expected) => {
    expect(inspectImage(files[name])).toMatchObject({ ...size, ...expected });
  });

  it('reports the stored size of a JPEG that is rotated by its metadata', () => {
    expect(inspectImage(files.jpegRotated)).toMatchObject({ kind: 'image', width: 37, height: 23 });
  });

  it('detects a transparent colour in a palette', () => {
    const png = makePng({
      width: 1,
      height: 1,
      bitDepth: 1,
      colourType: 3,
      samples: [0],
      palette: [9, 9, 9],
      transparency: [0],
    });
    expect(inspectImage(png)).toMatchObject({ kind: 'image', hasAlpha: true });
  });

  it('accepts padding after the end of any image; one pad byte belongs to a WebP', () => {
    for (const name of ['png', 'jpeg', 'gif', 'webp', 'avif'] as const) {
      expect(inspectImage(Buffer.concat([files[name], Buffer.alloc(5)])), name).toMatchObject({ kind: 'image' });
    }
  });

  it('B21: inspectImage counts the frames of an APNG, whichever of its two counts is larger', () => {
    const control = chunk('fcTL', Buffer.alloc(26));
    const frameData = chunk('fdAT', Buffer.concat([uint32(1), deflateSync(Buffer.from([0, 0, 255]))]));
    const apng = (announced: number) =>
      grey({ before: [chunk('acTL', uint32(announced, 0)), control], behind: [control, frameData] });
    expect(inspectImage(apng(2))).toMatchObject({ kind: 'image', format: 'png', frames: 2 });
    expect(inspectImage(apng(10_000))).toMatchObject({ frames: 10_000 });
    expect(inspectImage(apng(1))).toMatchObject({ frames: 2 });
  });

  it('B13: inspectImage returns the size of a decompression bomb without inflating it', () => {
    const rows = Buffer.alloc(30_001 * 100);
    const bomb = pngWith(headerChunk(30_000, 30_000, 8, 0), deflateSync(rows));
    const before = process.memoryUsage();
    expect(inspectImage(bomb)).toMatchObject({ kind: 'image', width: 30_000, height: 30_000 });
    expect(process.memoryUsage().arrayBuffers - before.arrayBuffers).toBeLessThan(1_000_000);
  });

  it('B23: inspectImage ignores compressed chunks that are not image data', () => {
    const profile = Buffer.concat([Buffer.from('icc\0\0'), deflateSync(Buffer.alloc(50_000_000))]);
    const note = Buffer.concat([Buffer.from('note\0\0'), deflateSync(Buffer.alloc(50_000_000))]);
    const before = process.memoryUsage();
    const found = inspectImage(grey({ before: [chunk('iCCP', profile), chunk('zTXt', note)] }));
    const after = process.memoryUsage();
    expect(found).toMatchObject({ kind: 'image', width: 2, height: 1 });
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(1_000_000);
  });

  it('reads the size of the primary image of an AVIF', () => {
    expect(inspectImage(avif({ primary: 2 }))).toMatchObject({ kind: 'image', format: 'avif', width: 37, height: 23 });
    expect(inspectImage(avif({ primary: 1 }))).toMatchObject({ kind: 'image', width: 999, height: 5 });
  });

  it('B21: inspectImage counts the samples of an AVIF sequence', () => {
    expect(inspectImage(avif({ primary: 2, samples: 48 }))).toMatchObject({ kind: 'image', frames: 48 });
  });
});

describe('inspectImage on broken files', () => {
  const whole = Object.entries(files);
  it.each(whole)('B05: inspectImage rejects %s truncated at any byte', (_, file) => {
    for (let length = 0; length < file.length; length++) {
      expect(inspectImage(file.subarray(0, length)).kind, `cut to ${length} of ${file.length} bytes`).not.toBe('image');
    }
  });

  it('says where a PNG is truncated', () => {
    expect(inspectImage(files.png.subarray(0, files.png.length * 0.6))).toEqual({
      kind: 'broken',
      format: 'png',
      reason: 'ends inside chunk IDAT',
    });
    expect(reasonOf(inspectImage(files.png.subarray(0, -12)))).toBe('ends without an IEND chunk');
  });

  it('B05: inspectImage detects every flipped bit of a PNG', () => {
    const png = grey();
    for (let bit = 0; bit < png.length * 8; bit++) {
      const flipped = Uint8Array.from(png);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(inspectImage(flipped).kind, `bit ${bit}`).not.toBe('image');
    }
  });

  it.each([
    ['a side of zero', pngWith(headerChunk(0, 5), Buffer.from([1])), 'says it is 0x5 pixels'],
    [
      'a depth that its colour type cannot have',
      pngWith(headerChunk(1, 1, 4, 6), Buffer.from([1])),
      /colour type 6 with bit depth 4/,
    ],
    ['no image data', Buffer.concat([SIGNATURE, headerChunk(1, 1), chunk('IEND')]), /no image data/],
    ['empty image data', pngWith(headerChunk(1, 1), Buffer.alloc(0)), /no image data/],
    ['no palette', pngWith(headerChunk(1, 1, 8, 3), Buffer.from([1])), /no palette/],
    [
      'an odd palette',
      pngWith(headerChunk(1, 1, 8, 3), Buffer.from([1]), chunk('PLTE', Buffer.alloc(4))),
      /palette of 4 bytes/,
    ],
    ['no header', Buffer.concat([SIGNATURE, chunk('IDAT', Buffer.from([1])), chunk('IEND')]), /start with an IHDR/],
    ['two headers', pngWith(headerChunk(1, 1), Buffer.from([1]), headerChunk(2, 2)), /second IHDR/],
    [
      'image data in two places',
      grey({ before: [chunk('IDAT', Buffer.from([1])), chunk('tEXt')] }),
      /do not follow each other/,
    ],
    ['a critical chunk nobody knows', grey({ before: [chunk('ABCD')] }), /unknown critical chunk ABCD/],
    [
      'a hundred thousand chunks',
      grey({ before: Array.from({ length: 100_000 }, () => chunk('teSt')) }),
      /more than 100000 chunks/,
    ],
  ])('a PNG with %s', (_, file, reason) => {
    expect(inspectImage(file)).toMatchObject({ kind: 'broken', format: 'png', reason: expect.stringMatching(reason) });
  });

  it('a JPEG of height zero, without a scan, or with a hole in its segments', () => {
    const jpeg = files.jpeg;
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    const scan = jpeg.indexOf(Buffer.from([0xff, 0xda]));
    const flat = Buffer.from(jpeg);
    flat.writeUInt16BE(0, frame + 5);
    expect(reasonOf(inspectImage(flat))).toBe('says it is 37x0 pixels');
    const scanless = Buffer.concat([jpeg.subarray(0, scan), Buffer.from([0xff, 0xd9])]);
    expect(reasonOf(inspectImage(scanless))).toBe('ends before its image data');
    const holed = Buffer.concat([jpeg.subarray(0, frame), Buffer.from([0]), jpeg.subarray(frame)]);
    expect(reasonOf(inspectImage(holed))).toMatch(/no marker where one is due/);
  });

  it('a JPEG whose only end marker is that of its EXIF thumbnail', () => {
    const thumbnail = files.jpeg;
    const exif = Buffer.concat([Buffer.from([0xff, 0xe1]), Buffer.alloc(2), Buffer.from('Exif\0\0'), thumbnail]);
    exif.writeUInt16BE(exif.length - 2, 2);
    const photo = Buffer.concat([files.jpeg.subarray(0, 2), exif, files.jpeg.subarray(2)]);
    expect(inspectImage(photo).kind).toBe('image');
    expect(inspectImage(photo.subarray(0, -2)).kind).toBe('broken');
  });

  it('frames outside their canvas, for which a decoder would allocate too much', () => {
    const webp = Buffer.from(files.webpAnimated);
    const frame = webp.indexOf('ANMF');
    webp.writeUIntLE(0xffffff, frame + 14, 3);
    expect(reasonOf(inspectImage(webp))).toBe('has a damaged animation frame 1');
    const gif = Buffer.from(files.gif);
    gif.writeUInt16LE(10, 6);
    expect(reasonOf(inspectImage(gif))).toMatch(/larger than its screen/);
  });

  it('an AVIF whose open-ended image data is truncated', () => {
    const avif = Buffer.from(files.avif);
    const box = avif.indexOf('mdat') - 4;
    expect(box + avif.readUInt32BE(box)).toBe(avif.length);
    avif.writeUInt32BE(0, box);
    expect(inspectImage(avif).kind).toBe('image');
    expect(reasonOf(inspectImage(avif.subarray(0, -1)))).toBe('ends before its image data does');
  });
});

describe('inspectImage on SVG', () => {
  it('reads the size from width and height, in pixels', () => {
    expect(inspectImage(svg('', 'width="40px" height="30.5"'))).toEqual({
      kind: 'image',
      format: 'svg',
      mediaType: 'image/svg+xml',
      width: 40,
      height: 31,
      frames: 1,
      hasAlpha: undefined,
    });
  });

  it('reads the size from the viewBox otherwise', () => {
    const found = inspectImage(svg('', 'width="100%" height="2em" viewBox="0,0 1024 768"'));
    expect(found).toMatchObject({ kind: 'image', width: 1024, height: 768 });
  });

  it('accepts a byte order mark, a prolog, comments and a document type', () => {
    const prolog =
      '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<!-- <html> -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n';
    expect(inspectImage(text(`${prolog}<svg viewBox="0 0 8 9"/>\n<!-- end -->\n`))).toMatchObject({
      width: 8,
      height: 9,
    });
  });

  it.each([
    ['without any size', svg('', ''), /neither a width and height/],
    ['of no height', svg('', 'width="5" height="0"'), /says it is 5x0/],
    ['of infinite size', svg('', 'width="1e400" height="NaN"'), /neither a width and height/],
    ['with crossed tags', svg('<g><a></g></a>'), /tags that do not match/],
    ['with two roots', text('<svg width="1" height="1"/><svg/>'), /second root/],
    [
      'with entities of its own',
      text('<!DOCTYPE svg [<!ENTITY a "b">]><svg width="1" height="1">&a;</svg>'),
      /entities of its own/,
    ],
    ['longer than 16 MB', svg(' '.repeat(17_000_000)), /longer than 16777216 bytes/],
    ['nested without end', svg('<g>'.repeat(300) + '</g>'.repeat(300)), /deeper than 256/],
    ['in another encoding', text('<?xml version="1.0" encoding="UTF-7"?><svg width="1" height="1"/>'), /not UTF-8/],
    [
      'with bytes that are not UTF-8',
      Buffer.concat([Buffer.from('<svg width="1" height="1"><!--'), Buffer.from([0xff]), Buffer.from('--></svg>')]),
      /not UTF-8/,
    ],
  ])('refuses one %s', (_, file, reason) => {
    expect(inspectImage(file)).toMatchObject({ kind: 'broken', format: 'svg', reason: expect.stringMatching(reason) });
  });

  it('B05: inspectImage rejects a file truncated at any byte', () => {
    const file = svg('<!-- a --><g fill="red"><![CDATA[x]]>t &amp; u<path d="M0 0"/></g>');
    for (let length = 0; length < file.length; length++) {
      expect(inspectImage(file.subarray(0, length)).kind, `cut to ${length}`).not.toBe('image');
    }
  });
});

describe('inspectImage describes other files', () => {
  it.each([
    ['', 'is empty'],
    [' \n', 'is blank'],
    ['<!DOCTYPE html><html><svg width="1" height="1"/></html>', 'looks like an HTML page'],
    ['\n <HTML>', 'looks like an HTML page'],
    ['<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', 'looks like XML or HTML, not like an image'],
    ['{"error":{"message":"no"}}', 'looks like JSON'],
    ['[1]', 'looks like JSON'],
    ['data:image/png;base64,iVBORw0KGgo', 'looks like a data URL that was not decoded'],
    ['iVBORw0KGgoAAAANSUhEUg', 'looks like base64 that was not decoded'],
    ['Bad gateway', 'looks like plain text'],
    ['II*\0\x08\0\0\0', 'is a TIFF file, which is not supported'],
    ['MM\0*\0\0\0\x08', 'is a TIFF file, which is not supported'],
    ['BM\x36\0\0\0', 'is a BMP file, which is not supported'],
    ['%PDF-1.7', 'is a PDF file, which is not supported'],
    ['\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'is a HEIC file, which is not supported'],
    ['\0\0\0\x18ftypisom\0\0\0\0isommp42', 'looks like a video'],
    ['\0\x01\x02', 'has no known image signature'],
  ])('B06: %j', (head, reason) => {
    expect(inspectImage(Buffer.from(head, 'latin1'))).toEqual({ kind: 'unknown', reason });
  });
});

describe('inspectImage never throws', () => {
  const heads = [...Object.values(files), svg('<g style="fill:url(#a)">&lt;</g>')];

  it('reads any bytes after any signature without throwing', () => {
    const signature = fc.constantFrom(...heads.map((file) => file.subarray(0, 24)), new Uint8Array());
    fc.assert(
      fc.property(signature, fc.uint8Array({ maxLength: 300 }), (head, tail) => {
        expect(['image', 'broken', 'unknown']).toContain(inspectImage(Buffer.concat([head, tail])).kind);
      }),
      { numRuns: runsOf(2_000) },
    );
  });

  it('reads files with changed bytes without throwing', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...heads), changes, (file, edits) => {
        const changed = Uint8Array.from(file);
        for (const [place, value] of edits) changed[place % changed.length] = value;
        expect(['image', 'broken', 'unknown']).toContain(inspectImage(changed).kind);
      }),
      { numRuns: runsOf(3_000) },
    );
  });

  it('B17: inspectImage takes linear time on malicious files', () => {
    const million = 1_000_000;
    const emptyTables = Buffer.from('\0\0\0\x08stsz'.repeat(9_000), 'latin1');
    const nested = (types: string[], inside: Uint8Array): Buffer =>
      types.reduceRight<Buffer>(
        (body, type) => Buffer.concat([uint32(body.length + 8), Buffer.from(type), body]),
        Buffer.from(inside),
      );
    const tracks = Buffer.concat(
      Array.from({ length: 20 }, () => nested(['trak', 'mdia', 'minf', 'stbl'], emptyTables)),
    );
    const sequence = Buffer.concat([avif({ primary: 1 }), nested(['moov'], tracks)]);
    expect(inspectImage(sequence).kind).toBe('image');

    const slow = [
      Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(million * 4, 0xff)]),
      Buffer.concat([
        Buffer.from('GIF89a'),
        Buffer.alloc(7, 1),
        Buffer.from([0x21, 0xfe]),
        Buffer.alloc(million * 4, 1),
      ]),
      text(`<svg ${' '.repeat(million)}`),
      text(`<svg>${'<!---->'.repeat(200_000)}`),
      text(`<svg>${'&lt;'.repeat(million)}`),
      text(`<svg a="${'url('.repeat(million)}`),
      text('<'.repeat(million)),
      text('<?x'.repeat(million)),
      text(' '.repeat(million)),
    ];
    for (const file of slow) {
      const before = performance.now();
      expect(inspectImage(file).kind).not.toBe('image');
      expect(performance.now() - before).toBeLessThan(5000); // quadratic work takes minutes
    }
  });
});
