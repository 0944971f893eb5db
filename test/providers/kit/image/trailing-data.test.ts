/** Bytes behind the end of an image: counted, kept, and never taken for what the file is. */
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkImage } from '../../../../src/providers/kit/image/check-image.ts';
import { inspectImage } from '../../../../src/providers/kit/image/inspect-image.ts';
import { runsOf } from '../../../support/full-size.ts';
import { files } from './samples.ts';

const PAGE = Buffer.from('<!doctype html><html><script>alert(1)</script></html>');
const TEXT = Buffer.from('\n');
const ZEROS = Buffer.alloc(1000);
/** A ZIP file with one stored entry, whole: offsets count from its own beginning. */
const ZIP = zipOf('evil.txt', Buffer.from('evil'));

const mediaTypes = { png: 'image/png', jpeg: 'image/jpeg', webp: 'image/webp', gif: 'image/gif', avif: 'image/avif' };
const inspected = (...parts: readonly Uint8Array[]) => inspectImage(Buffer.concat(parts));

describe('bytes after the end of an image', () => {
  it.each(Object.entries(files))('are counted, and the image stays what it is: %s', (name, file) => {
    const alone = inspectImage(file);
    expect(alone).toMatchObject({ kind: 'image' });
    expect(alone).not.toHaveProperty('trailingBytes');
    for (const tail of [ZIP, PAGE, ZEROS, Buffer.from('PK\x03\x04'), files.gif, files.png]) {
      expect(inspected(file, tail), `${name} + ${tail.length}`).toEqual({ ...alone, trailingBytes: tail.length });
    }
  });

  it('are counted from one byte on, for every length of a WebP', () => {
    for (const name of ['png', 'jpeg', 'gif', 'avif'] as const) {
      expect(inspected(files[name], TEXT)).toMatchObject({ kind: 'image', trailingBytes: 1 });
    }
    for (const name of ['webp', 'webpLossless', 'webpAlpha', 'webpAnimated'] as const) {
      expect(inspected(files[name], TEXT, TEXT, TEXT)).toMatchObject({ kind: 'image', trailingBytes: 3 });
    }
  });

  it('do not include an uncounted pad byte of a WebP', () => {
    const odd = Buffer.concat([files.webp, Buffer.from('XMP '), Buffer.from([3, 0, 0, 0]), Buffer.from('abc')]);
    odd.writeUInt32LE(odd.length - 8, 4);
    expect(odd.length % 2).toBe(1);
    expect(inspected(odd)).not.toHaveProperty('trailingBytes');
    expect(inspected(odd, Buffer.alloc(1))).not.toHaveProperty('trailingBytes');
    expect(inspected(odd, Buffer.alloc(3))).toMatchObject({ kind: 'image', trailingBytes: 2 });
  });

  it.each(Object.entries(mediaTypes))('pass the gate with the media type of the image: %s', (format, mediaType) => {
    const file = files[format as keyof typeof mediaTypes]; // the keys are those of `mediaTypes`
    for (const tail of [ZIP, PAGE, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')]) {
      const checked = checkImage(Buffer.concat([file, tail]), { allowed: ['png', 'jpeg', 'webp', 'gif', 'avif'] });
      expect(checked).toMatchObject({ ok: true, image: { format, mediaType, trailingBytes: tail.length } });
    }
  });

  it('do not make a truncated image complete', () => {
    for (const name of ['png', 'jpeg', 'webp', 'gif', 'avif'] as const) {
      const cut = files[name].subarray(0, files[name].length * 0.6);
      expect(inspected(cut, Buffer.alloc(3)).kind, name).not.toBe('image');
    }
  });

  it('are found whatever their content', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('png', 'jpeg', 'gif', 'webpAnimated'),
        fc.uint8Array({ minLength: 2, maxLength: 60 }),
        (name, tail) => {
          expect(inspected(files[name], tail)).toMatchObject({ kind: 'image', trailingBytes: tail.length });
        },
      ),
      { numRuns: runsOf(2_000) },
    );
  });
});

describe('data that a JPEG declares after its end', () => {
  it('belongs to it: the second image of an MPF file, as in Ultra HDR', () => {
    for (const isBig of [true, false]) {
      expect(inspectImage(ultraHdr(files.jpeg, files.jpegGrey, { isBig }))).not.toHaveProperty('trailingBytes');
    }
    const alone = inspectImage(files.jpeg);
    expect(inspectImage(ultraHdr(files.jpeg, files.jpegGrey, {}))).toEqual(alone);
  });

  it('does not cover what follows it or is hidden inside its length', () => {
    expect(inspected(ultraHdr(files.jpeg, files.jpegGrey, {}), ZIP)).toMatchObject({ trailingBytes: ZIP.length });
    const hidden = ultraHdr(files.jpeg, Buffer.concat([files.jpegGrey, ZIP]), {});
    expect(inspectImage(hidden)).toMatchObject({ kind: 'image', trailingBytes: ZIP.length });
    const none = ultraHdr(files.jpeg, PAGE, {});
    expect(inspectImage(none)).toMatchObject({ kind: 'image', trailingBytes: PAGE.length });
  });

  it('is ignored with wrong offsets, lengths beyond the file or damaged indexes', () => {
    const file = ultraHdr(files.jpeg, files.jpegGrey, {});
    const index = file.indexOf('MPF\0') + 4;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { minLength: 1, maxLength: 8 }), (edits) => {
        const changed = Buffer.from(file);
        for (const [at, value] of edits) changed[index + at] = value;
        const found = inspectImage(changed);
        if (found.kind !== 'image') return;
        expect(found.trailingBytes ?? 0).toBeGreaterThanOrEqual(0);
        expect(found.trailingBytes ?? 0).toBeLessThanOrEqual(files.jpegGrey.length);
      }),
      { numRuns: runsOf(2_000) },
    );
  });

  it('belongs to it: the video of a motion photo, if XMP declares it', () => {
    const video = Buffer.concat([
      box('ftyp', Buffer.from('mp42\0\0\0\0mp42')),
      box('mdat', Buffer.alloc(20)),
      box('moov'),
    ]);
    const xmp = (text: string) => Buffer.from(`http://ns.adobe.com/xap/1.0/\0<x ${text}/>`);
    const photo = (text: string) => withSegment(files.jpeg, 0xe1, xmp(text));
    expect(inspected(photo('GCamera:MotionPhoto="1"'), video)).not.toHaveProperty('trailingBytes');
    expect(inspected(photo('GCamera:MicroVideo="1"'), video)).not.toHaveProperty('trailingBytes');
    expect(inspected(photo('GCamera:MotionPhoto="0"'), video)).toMatchObject({ trailingBytes: video.length });
    expect(inspected(files.jpeg, video)).toMatchObject({ trailingBytes: video.length });
    expect(inspected(photo('GCamera:MotionPhoto="1"'), ZIP)).toMatchObject({ trailingBytes: ZIP.length });
    expect(inspected(photo('GCamera:MotionPhoto="1"'), video, ZIP)).toMatchObject({
      trailingBytes: video.length + ZIP.length,
    });
  });
});

/** A JPEG with an MP index of two images, and the second image behind it. */
function ultraHdr(first: Uint8Array, second: Uint8Array, { isBig = true }: { readonly isBig?: boolean }): Buffer {
  const index = Buffer.alloc(4 + 8 + 2 + 12 + 4 + 32);
  index.write('MPF\0', 0, 'latin1');
  const tiff = index.subarray(4);
  const u16 = (value: number, at: number) => (isBig ? tiff.writeUInt16BE(value, at) : tiff.writeUInt16LE(value, at));
  const u32 = (value: number, at: number) => (isBig ? tiff.writeUInt32BE(value, at) : tiff.writeUInt32LE(value, at));
  tiff.write(isBig ? 'MM\0*' : 'II*\0', 0, 'latin1');
  u32(8, 4);
  u16(1, 8);
  for (const [at, value] of [
    [10, 0xb002],
    [12, 7],
  ] as const)
    u16(value, at);
  u32(32, 14);
  u32(26, 18);
  const entries = 26;
  const whole = withSegment(first, 0xe2, index);
  u32(whole.length, entries + 4);
  u32(second.length, entries + 16 + 4);
  // Counted from the TIFF header, which stands behind SOI, the segment's header and its signature.
  u32(whole.length - (2 + 4 + 4), entries + 16 + 8);
  return Buffer.concat([withSegment(first, 0xe2, index), second]);
}

function withSegment(jpeg: Uint8Array, marker: number, data: Uint8Array): Buffer {
  const header = Buffer.from([0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 255]);
  return Buffer.concat([jpeg.subarray(0, 2), header, data, jpeg.subarray(2)]);
}

function box(type: string, data: Uint8Array = new Uint8Array()): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length + 8);
  return Buffer.concat([length, Buffer.from(type), data]);
}

function zipOf(name: string, data: Buffer): Buffer {
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt32LE(crc32(data), 10);
  common.writeUInt32LE(data.length, 14);
  common.writeUInt32LE(data.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), data]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), common, Buffer.alloc(14), Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}
