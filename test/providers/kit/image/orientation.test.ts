/** Whether an image is shown turned: by files that sharp writes, by files made by hand, and by anything at all. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeOrientation } from '../../../../src/providers/kit/image/orientation.ts';
import { jpegWith, pngWithChunk, segment, webpWithChunk } from '../../../provenance/support/files.ts';
import { runsOf } from '../../../support/full-size.ts';
import { files, image } from './samples.ts';

/** An EXIF structure whose first directory holds a few entries. */
function exif(entries: readonly (readonly [tag: number, type: number, count: number, value: number])[], isBig = false) {
  const bytes = Buffer.alloc(8 + 2 + entries.length * 12 + 4);
  const u16 = (value: number, at: number) => (isBig ? bytes.writeUInt16BE(value, at) : bytes.writeUInt16LE(value, at));
  const u32 = (value: number, at: number) => (isBig ? bytes.writeUInt32BE(value, at) : bytes.writeUInt32LE(value, at));
  bytes.write(isBig ? 'MM\0*' : 'II*\0', 'latin1');
  u32(8, 4);
  u16(entries.length, 8);
  for (const [place, [tag, type, count, value]] of entries.entries()) {
    const at = 10 + place * 12;
    u16(tag, at);
    u16(type, at + 2);
    u32(count, at + 4);
    u16(value, at + 8);
  }
  return bytes;
}
const turned = (orientation: number, isBig = false) => exif([[0x0112, 3, 1, orientation]], isBig);
const inJpeg = (...structures: readonly Uint8Array[]) =>
  jpegWith(files.jpeg, ...structures.map((each) => segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), each]))));

describe('an image that is rotated by its metadata', () => {
  it.each(['jpeg', 'png', 'webp'] as const)('is detected in a %s written by sharp', async (format) => {
    for (const orientation of [2, 3, 4, 5, 6, 7, 8]) {
      const file = await image().withMetadata({ orientation }).toFormat(format).toBuffer();
      expect(describeOrientation(file, format)).toBe(`EXIF orientation ${orientation}`);
    }
    const upright = await image().withMetadata({ orientation: 1 }).toFormat(format).toBuffer();
    expect(describeOrientation(upright, format)).toBeUndefined();
  });

  it.each([true, false])(
    'is found in either order of bytes, with and without a signature (big-endian: %s)',
    (isBig) => {
      const signed = Buffer.concat([Buffer.from('Exif\0\0'), turned(8, isBig)]);
      expect(describeOrientation(inJpeg(turned(8, isBig)), 'jpeg')).toBe('EXIF orientation 8');
      for (const each of [turned(8, isBig), signed]) {
        expect(describeOrientation(pngWithChunk(files.png, 'eXIf', each), 'png')).toBe('EXIF orientation 8');
        expect(describeOrientation(webpWithChunk(files.webp, 'EXIF', each.toString('latin1')), 'webp')).toBe(
          'EXIF orientation 8',
        );
      }
    },
  );

  it('is detected after other entries and in a second structure', () => {
    const others = exif([
      [0x010f, 2, 4, 0],
      [0x0112, 3, 1, 3],
    ]);
    expect(describeOrientation(inJpeg(others), 'jpeg')).toBe('EXIF orientation 3');
    expect(describeOrientation(inJpeg(turned(1), turned(6)), 'jpeg')).toBe('EXIF orientation 6');
  });

  it('is detected in an AVIF that is rotated or mirrored', () => {
    expect(describeOrientation(avif(), 'avif')).toBeUndefined();
    expect(describeOrientation(avif(['irot', 0]), 'avif')).toBeUndefined();
    expect(describeOrientation(avif(['irot', 1]), 'avif')).toBe('a rotation by 90 degrees (irot)');
    expect(describeOrientation(avif(['irot', 3]), 'avif')).toBe('a rotation by 270 degrees (irot)');
    expect(describeOrientation(avif(['imir', 0]), 'avif')).toBe('a mirroring (imir)');
  });

  it('is not detected without an orientation in the EXIF data', () => {
    for (const structure of [
      turned(0),
      turned(9),
      exif([[0x0112, 2, 1, 6]]),
      exif([[0x0112, 3, 0, 6]]),
      exif([]),
      Buffer.from('II*\0\xff\xff\xff\xff'),
      Buffer.alloc(0),
      Buffer.from('MM\0*'),
    ]) {
      expect(describeOrientation(inJpeg(structure), 'jpeg')).toBeUndefined();
    }
    for (const format of ['png', 'jpeg', 'webp', 'gif', 'avif'] as const) {
      expect(describeOrientation(files[format], format)).toBeUndefined();
    }
  });
});

describe('reading an orientation', () => {
  const formats = ['png', 'jpeg', 'webp', 'gif', 'avif'] as const;
  const said = /^(?:EXIF orientation [2-8]|a rotation by (?:90|180|270) degrees \(irot\)|a mirroring \(imir\))$/;
  const expectAnswer = (answer: string | undefined) => {
    if (answer !== undefined) expect(answer).toMatch(said);
  };

  it('ends and does not throw on any bytes, for every format', () => {
    fc.assert(
      fc.property(fc.constantFrom(...formats), fc.uint8Array({ maxLength: 400 }), (format, tail) => {
        expectAnswer(describeOrientation(tail, format));
        expectAnswer(describeOrientation(Buffer.concat([files[format].subarray(0, 60), tail]), format));
        expectAnswer(describeOrientation(inJpeg(tail.subarray(0, 300)), 'jpeg'));
        expectAnswer(describeOrientation(pngWithChunk(files.png, 'eXIf', tail), 'png'));
      }),
      { numRuns: runsOf(2_000) },
    );
  });

  it('ends and does not throw on files with changed bytes', () => {
    const whole = [
      ['jpeg', inJpeg(turned(6), turned(3, true))],
      ['png', pngWithChunk(files.png, 'eXIf', turned(6))],
      ['webp', webpWithChunk(files.webp, 'EXIF', turned(6).toString('latin1'))],
      ['avif', avif(['irot', 1])],
    ] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...whole),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.nat(),
        ([format, file], edits, cut) => {
          const changed = Buffer.from(file);
          for (const [at, value] of edits) changed[at % changed.length] = value;
          expectAnswer(describeOrientation(changed, format));
          expectAnswer(describeOrientation(changed.subarray(0, cut % changed.length), format));
        },
      ),
      { numRuns: runsOf(3_000) },
    );
  });

  it('takes linear time on malicious files', () => {
    const full = Buffer.alloc(65_500);
    full.write('MM\0*', 'latin1');
    full.writeUInt32BE(8, 4);
    full.writeUInt16BE(65_535, 8);
    const segments = Array.from({ length: 200 }, () => full);
    const empty = Buffer.concat([files.webp.subarray(0, 12), Buffer.alloc(8_000_000)]);
    const before = performance.now();
    expect(describeOrientation(inJpeg(...segments), 'jpeg')).toBeUndefined();
    expect(describeOrientation(empty, 'webp')).toBeUndefined();
    expect(performance.now() - before).toBeLessThan(5000); // quadratic work takes minutes
  });
});

/** The frame of an AVIF of one picture with one more property. */
function avif(property?: readonly [type: string, value: number]): Buffer {
  const uint32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const box = (type: string, ...parts: readonly Uint8Array[]) => {
    const body = Buffer.concat([Buffer.from(type), ...parts]);
    return Buffer.concat([uint32(body.length + 4), body]);
  };
  const zero = uint32(0);
  const size = box('ispe', zero, uint32(4), uint32(4));
  const more = property ? [box(property[0], Buffer.from([property[1]]))] : [];
  const associations = box('ipma', zero, uint32(1), Buffer.from([0, 1, 1 + more.length, 1, ...(property ? [2] : [])]));
  return Buffer.concat([
    box('ftyp', Buffer.from('avif\0\0\0\0avif')),
    box('meta', zero, box('pitm', zero, Buffer.from([0, 1])), box('iprp', box('ipco', size, ...more), associations)),
    box('mdat', Buffer.alloc(10)),
  ]);
}
