import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { markImage, readMark } from '../../src/provenance/index.ts';
import { inspectImage } from '../../src/providers/kit/image/inspect-image.ts';
import { chunk } from '../providers/kit/image/make-png.ts';
import { files, svg } from '../providers/kit/image/samples.ts';
import { FACTS, MARK } from './support/facts.ts';
import {
  jpegParts,
  jpegWith,
  pngOf,
  pngParts,
  pngWithChunk,
  segment,
  webpOf,
  webpParts,
  webpWithChunk,
} from './support/files.ts';

const SOURCE = 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia';
const pixels = (bytes: Uint8Array) => sharp(bytes, { pages: -1 }).raw().toBuffer();
const xmpOf = async (bytes: Uint8Array) => String((await sharp(bytes).metadata()).xmp);

const markable = Object.entries(files).filter(([name]) => /^(?:png|jpeg|webp)/.test(name));

describe('a mark in an image', () => {
  it.each(markable)('is read by sharp and readMark, and changes no pixel: %s', async (_, file) => {
    const { bytes, place, why } = markImage(file, FACTS);
    expect({ place, why }).toEqual({ place: 'image', why: undefined });
    expect(await xmpOf(bytes)).toContain(`>${SOURCE}<`);
    expect(readMark(bytes)).toEqual({ format: inspected(file).format, mark: MARK, manifest: 'absent' });
    expect((await pixels(bytes)).equals(await pixels(file))).toBe(true);
    expect(inspected(bytes)).toEqual(inspected(file));
  });

  it('records that an image was made from another image', () => {
    const { bytes } = markImage(files.png, { ...FACTS, digitalSource: 'compositeWithTrainedAlgorithmicMedia' });
    expect(readMark(bytes).mark).toMatchObject({
      digitalSource: 'compositeWithTrainedAlgorithmicMedia',
      isMadeByAi: true,
    });
  });

  it('contains the prompt only when it is passed', async () => {
    expect(await xmpOf(markImage(files.jpeg, FACTS).bytes)).not.toContain('Prompt>');
    const { bytes } = markImage(files.jpeg, { ...FACTS, prompt: 'a red fox' });
    expect(readMark(bytes).mark?.prompt).toBe('a red fox');
  });

  it.each(markable)('is replaced by the next mark: %s', (_, file) => {
    const once = markImage(file, {
      ...FACTS,
      model: 'older',
      prompt: 'a prompt that the next mark does not hold',
    }).bytes;
    const twice = markImage(once, FACTS).bytes;
    expect(Buffer.from(twice).equals(markImage(file, FACTS).bytes)).toBe(true);
    expect(Buffer.from(markImage(twice, FACTS).bytes).equals(twice)).toBe(true);
  });

  it('does not change the given bytes', () => {
    const file = Buffer.from(files.webp);
    markImage(file, FACTS);
    expect(file.equals(files.webp)).toBe(true);
  });

  it('accepts a view into a larger buffer', () => {
    const larger = Buffer.concat([Buffer.alloc(7), files.png, Buffer.alloc(7)]);
    const { bytes } = markImage(larger.subarray(7, 7 + files.png.length), FACTS);
    expect(Buffer.from(bytes).equals(markImage(files.png, FACTS).bytes)).toBe(true);
  });
});

describe('the position of a mark', () => {
  it('in a PNG is an uncompressed iTXt chunk after the header; every other chunk stays', () => {
    const before = pngParts(files.pngPalette);
    const [header, mark, ...rest] = pngParts(markImage(files.pngPalette, FACTS).bytes);
    expect([header, ...rest]).toEqual(before);
    expect(mark?.type).toBe('iTXt');
    expect(mark?.data.toString('latin1', 0, 23)).toBe('XML:com.adobe.xmp\0\0\0\0\0<');
  });

  it('in a PNG does not move frames of an animation or bytes after the end', () => {
    const apng = Buffer.concat([
      pngWithChunk(files.png, 'acTL', Buffer.from([0, 0, 0, 1, 0, 0, 0, 0])),
      Buffer.from('behind'),
    ]);
    const marked = Buffer.from(markImage(apng, FACTS).bytes);
    expect(marked.subarray(-6).toString()).toBe('behind');
    expect(
      pngParts(marked.subarray(0, -6))
        .map(({ type }) => type)
        .slice(0, 3),
    ).toEqual(['IHDR', 'iTXt', 'acTL']);
  });

  it.each(markable)('keeps bytes after the end of the image: %s', (_, file) => {
    const tail = Buffer.from('PK\x03\x04 an archive');
    const marked = Buffer.from(markImage(Buffer.concat([file, tail]), FACTS).bytes);
    expect(marked.subarray(-tail.length).equals(tail)).toBe(true);
    expect(marked.subarray(0, -tail.length).equals(markImage(file, FACTS).bytes)).toBe(true);
    expect(inspectImage(marked)).toMatchObject({ kind: 'image', trailingBytes: tail.length });
  });

  it('in a JPEG is an APP1 segment after JFIF and Exif, before everything else', async () => {
    const withExif = await sharp(files.jpeg)
      .withExif({ IFD0: { Copyright: 'us' } })
      .withIccProfile('srgb')
      .jpeg()
      .toBuffer();
    const file = jpegWith(withExif, segment(0xe0, 'JFIF\0\x01\x01\0\0\x01\0\x01\0\0'));
    const marked = jpegParts(markImage(file, FACTS).bytes);
    const at = marked.findIndex(({ data }) => data.toString('latin1').startsWith('http://ns.adobe.com/xap/1.0/\0'));
    expect(marked.slice(0, at).map(({ type, data }) => `${type} ${data.toString('latin1', 0, 4)}`)).toEqual([
      'e0 JFIF',
      'e1 Exif',
    ]);
    expect(marked.toSpliced(at, 1)).toEqual(jpegParts(file));
  });

  it.each([
    ['webp', 0x04],
    ['webpLossless', 0x04],
    ['webpAlpha', 0x14],
    ['webpAnimated', 0x16],
  ] as const)('in a WebP is a chunk of an extended file with the right canvas: %s', async (name, flags) => {
    const { width = 0, height = 0, pageHeight = height } = await sharp(files[name]).metadata();
    const marked = webpParts(markImage(files[name], FACTS).bytes);
    const header = marked[0]!;
    expect(header.type).toBe('VP8X');
    expect(header.data[0]).toBe(flags);
    expect([header.data.readUIntLE(4, 3) + 1, header.data.readUIntLE(7, 3) + 1]).toEqual([width, pageHeight]);
    expect(marked.at(-1)?.type).toBe('XMP ');
    expect(marked.slice(1, -1)).toEqual(webpParts(files[name]).filter(({ type }) => type !== 'VP8X'));
  });

  it('in a WebP is before unknown chunks, and the flags for a profile and Exif stay', async () => {
    const rich = await sharp(files.webpAlpha)
      .withExif({ IFD0: { Copyright: 'us' } })
      .withIccProfile('srgb')
      .webp()
      .toBuffer();
    const marked = webpParts(markImage(webpWithChunk(rich, 'abcd', 'odd'), FACTS).bytes);
    expect(marked[0]?.data[0]).toBe(0x20 | 0x10 | 0x08 | 0x04);
    expect(marked.slice(-3).map(({ type }) => type)).toEqual(['EXIF', 'XMP ', 'abcd']);
  });

  it('in a lossless WebP with transparency sets the alpha flag', async () => {
    const [, ...chunks] = webpParts(await sharp(files.pngAlpha).webp({ lossless: true }).toBuffer());
    const bitstream = chunks.find(({ type }) => type === 'VP8L') ?? webpParts(files.webpLossless)[0]!;
    const withAlpha = Buffer.from(bitstream.data);
    withAlpha[4] = withAlpha[4]! | 0x10;
    const marked = webpParts(markImage(webpOf([{ type: 'VP8L', data: withAlpha }]), FACTS).bytes);
    expect(marked[0]?.data[0]).toBe(0x14);
  });
});

describe('an image is not marked', () => {
  const jumbf = (...kind: string[]) =>
    Buffer.concat([Buffer.from('JP\0\x01\0\0\0\x01\0\0\0\x40jumb\0\0\0\x20', 'latin1'), Buffer.from(kind.join(''))]);

  it.each([
    ['a PNG', pngWithChunk(files.png, 'caBX', Buffer.from('manifest'))],
    ['a JPEG', jpegWith(files.jpeg, segment(0xeb, jumbf('jumd', 'c2pa')))],
    ['a WebP', webpWithChunk(files.webp, 'C2PA', 'manifest')],
  ])('if it has a C2PA manifest: %s', (_, file) => {
    const result = markImage(file, FACTS);
    expect(result).toEqual({ bytes: file, place: 'sidecar', why: expect.stringContaining('C2PA manifest') });
    expect(result.bytes).toBe(file);
    expect(readMark(file)).toMatchObject({ manifest: 'present' });
  });

  it('if it has a C2PA manifest whose box has a length of eight bytes', () => {
    const header = Buffer.from('JP\0\x01\0\0\0\x01\0\0\0\x01jumb\0\0\0\0\0\0\0\x48\0\0\0\x20jumdc2pa', 'latin1');
    const file = jpegWith(files.jpeg, segment(0xeb, header));
    expect(markImage(file, FACTS).bytes).toBe(file);
    expect(readMark(file).manifest).toBe('present');
  });

  it('because of a C2PA manifest only: another kind of JUMBF does not prevent the mark', () => {
    const file = jpegWith(files.jpeg, segment(0xeb, jumbf('jumd', 'json')));
    expect(markImage(file, FACTS).place).toBe('image');
    expect(readMark(file).manifest).toBe('absent');
  });

  it.each([
    ['GIF', files.gif, 'GIF files cannot be marked'],
    ['AVIF', files.avif, 'AVIF files cannot be marked'],
    ['SVG', svg(), 'SVG files cannot be marked'],
    ['HTML', Buffer.from('<!doctype html>'), 'its format is unknown'],
    ['nothing', new Uint8Array(), 'its format is unknown'],
  ])('if its format has no marks: %s', (_, file, reason) => {
    const result = markImage(file, FACTS);
    expect(result.bytes).toBe(file);
    expect(result).toMatchObject({ place: 'sidecar', why: expect.stringContaining(reason) });
  });

  it('if it contains further images that are located by byte offsets (MPF)', () => {
    const file = jpegWith(files.jpeg, segment(0xe2, 'MPF\0MM\0*'));
    expect(markImage(file, FACTS)).toMatchObject({
      bytes: file,
      place: 'sidecar',
      why: expect.stringContaining('MPF'),
    });
  });

  it.each(markable)('if it is truncated, at any byte: %s', (_, file) => {
    for (let length = 0; length < file.length; length += 1 + (length >> 6)) {
      const cut = file.subarray(0, length);
      const result = markImage(cut, FACTS);
      expect(result.bytes, `cut at ${length}`).toBe(cut);
      expect(result).toMatchObject({
        place: 'sidecar',
        why: expect.stringMatching(/^The image was not marked: .+\.$/),
      });
    }
  });

  it('if it has a wrong checksum, or no image data', () => {
    const damaged = Buffer.from(files.png);
    damaged[damaged.length - 20]! ^= 1;
    expect(markImage(damaged, FACTS).why).toContain('wrong checksum in chunk IDAT');
    const empty = pngOf(pngParts(files.png).filter(({ type }) => type !== 'IDAT'));
    expect(markImage(empty, FACTS).why).toContain('no image data');
    expect(markImage(Buffer.concat([empty.subarray(0, 8), chunk('IEND')]), FACTS).why).toContain('IHDR');
  });
});

describe('a mark that is too long', () => {
  const prompt = 'fox '.repeat(20_000);

  it('is written into a JPEG without the prompt, and says so', () => {
    const { bytes, place, why } = markImage(files.jpeg, { ...FACTS, prompt });
    expect({ place, why }).toEqual({
      place: 'image',
      why: 'The prompt is not in the mark: it is too long for this format.',
    });
    expect(readMark(bytes).mark).toEqual(MARK);
  });

  it('fits into the other two formats', () => {
    for (const file of [files.png, files.webp]) {
      expect(readMark(markImage(file, { ...FACTS, prompt }).bytes).mark?.prompt).toBe(prompt);
    }
  });

  it('is not written when it is too long without the prompt', () => {
    const facts = { ...FACTS, model: 'x'.repeat(70_000), prompt };
    expect(markImage(files.jpeg, facts)).toMatchObject({
      bytes: files.jpeg,
      place: 'sidecar',
      why: expect.stringContaining('has space for'),
    });
    const huge = { ...FACTS, model: 'x'.repeat(1_000_000) };
    expect(markImage(files.png, huge)).toMatchObject({
      bytes: files.png,
      place: 'sidecar',
      why: expect.stringContaining('larger than'),
    });
  });
});

function inspected(bytes: Uint8Array) {
  const found = inspectImage(bytes);
  if (found.kind !== 'image') throw new Error(found.reason);
  return found;
}
