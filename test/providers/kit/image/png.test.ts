import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Channels, decodePng, encodePng, PngError } from '../../../../src/providers/kit/image/png.ts';
import * as node from '../../../../src/transport/platform/node.ts';
import * as web from '../../../../src/transport/platform/web.ts';
import { runsOf } from '../../../support/full-size.ts';
import { chunk, headerChunk, makePng, pngWith, SAMPLES_PER_PIXEL } from './make-png.ts';
import { files, image, noise } from './samples.ts';

const maxPixels = 100_000_000;
const decode = (bytes: Uint8Array) => decodePng(bytes, { maxPixels });
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

/** What sharp makes of the file: 8-bit RGBA. */
const decodeWithSharp = (bytes: Uint8Array) => sharp(bytes).toColourspace('srgb').ensureAlpha().raw().toBuffer();

/** Every allowed pair of colour type and depth. */
const LAYOUTS = [
  [0, 1],
  [0, 2],
  [0, 4],
  [0, 8],
  [0, 16],
  [2, 8],
  [2, 16],
  [3, 1],
  [3, 2],
  [3, 4],
  [3, 8],
  [4, 8],
  [4, 16],
  [6, 8],
  [6, 16],
] as const;

describe('decodePng', () => {
  for (const [colourType, bitDepth] of LAYOUTS) {
    for (const isInterlaced of [false, true]) {
      const layout = `colour type ${colourType}, ${bitDepth} bits${isInterlaced ? ', interlaced' : ''}`;
      it(`returns the same pixels as sharp: ${layout}`, async () => {
        const [width, height] = [19, 13];
        const range = 2 ** bitDepth;
        const samples = Array.from(
          noise(width, height * SAMPLES_PER_PIXEL[colourType], 1),
          (value) => (value * 257) % range,
        );
        const palette = colourType === 3 ? { palette: [...noise(range, 3, 1)].slice(0, Math.min(range, 256) * 3) } : {};
        const png = makePng({ width, height, bitDepth, colourType, isInterlaced, samples, ...palette });
        const { data, ...size } = await decode(png);
        expect(size).toEqual({ width, height });
        const expected = await decodeWithSharp(png);
        if (bitDepth < 16) expect(same(data, expected)).toBe(true);
        // sharp cuts the low byte off, we round to the nearest.
        else
          expect(Math.max(...data.map((value, place) => Math.abs(value - (expected[place] ?? 0))))).toBeLessThanOrEqual(
            1,
          );
      });
    }
  }

  it('rounds 16-bit samples to the nearest 8-bit value', async () => {
    const samples = [0, 128, 129, 257, 32_768, 65_406, 65_407, 65_535];
    const { data } = await decode(makePng({ width: 8, height: 1, bitDepth: 16, colourType: 0, samples }));
    expect([...data].filter((_, place) => place % 4 === 0)).toEqual(samples.map((value) => Math.round(value / 257)));
  });

  it.each([
    ['grey', { bitDepth: 4, colourType: 0, samples: [3, 4], transparency: [0, 3] }],
    [
      'grey of 16 bits, compared at full depth',
      { bitDepth: 16, colourType: 0, samples: [0x1234, 0x1235], transparency: [0x12, 0x34] },
    ],
    ['RGB', { bitDepth: 8, colourType: 2, samples: [1, 2, 3, 1, 2, 4], transparency: [0, 1, 0, 2, 0, 3] }],
  ] as const)('makes one colour transparent: %s', async (_, source) => {
    const { data } = await decode(makePng({ width: 2, height: 1, ...source }));
    expect([data[3], data[7]]).toEqual([0, 255]);
  });

  it('applies the alpha of palette colours, and 255 to those without', async () => {
    const png = makePng({
      width: 3,
      height: 1,
      bitDepth: 2,
      colourType: 3,
      samples: [2, 0, 1],
      palette: [1, 2, 3, 4, 5, 6, 7, 8, 9],
      transparency: [0, 100],
    });
    expect([...(await decode(png)).data]).toEqual([7, 8, 9, 255, 1, 2, 3, 0, 4, 5, 6, 100]);
    expect(same((await decode(png)).data, await decodeWithSharp(png))).toBe(true);
  });

  it.each(['png', 'pngAlpha', 'pngPalette', 'pngInterlaced'] as const)(
    'reads files written by sharp: %s',
    async (name) => {
      expect(same((await decode(files[name])).data, await decodeWithSharp(files[name]))).toBe(true);
    },
  );

  it('reads 16-bit files written by sharp', async () => {
    const wide = await image(20, 20, 4).toColourspace('rgb16').png().toBuffer();
    expect(wide[24]).toBe(16);
    const samples = await sharp(wide).toColourspace('rgb16').raw({ depth: 'ushort' }).toBuffer();
    const expected = Array.from({ length: samples.length / 2 }, (_, i) =>
      Math.round(samples.readUInt16LE(2 * i) / 257),
    );
    expect([...(await decode(wide)).data]).toEqual(expected);
  });

  it('reverses all five filters', async () => {
    const smooth = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i) / 7000 + i / 9));
    const raw = { raw: { width: 64, height: 64, channels: 3 as const } };
    for (const adaptiveFiltering of [true, false]) {
      const png = await sharp(smooth, raw).png({ adaptiveFiltering }).toBuffer();
      expect(same((await decode(png)).data, await decodeWithSharp(png))).toBe(true);
    }
    const rows = [0, 1, 2, 3, 4].flatMap((filter) => [filter, 250, 3, 200, 9, 77, 180, 33, 5, 66]);
    const png = pngWith(headerChunk(3, 5, 8, 2), deflateSync(Buffer.from(rows)));
    expect(same((await decode(png)).data, await decodeWithSharp(png))).toBe(true);
  });

  it('reads image data that is spread over many chunks, some of them empty', async () => {
    const stream = deflateSync(Buffer.concat([Buffer.from([0]), noise(40, 1, 3)]));
    const parts = [...stream].flatMap((byte) => [chunk('IDAT', Uint8Array.of(byte)), chunk('IDAT')]);
    const whole = pngWith(headerChunk(40, 1, 8, 2), stream);
    const [head, tail] = [whole.subarray(0, 33), chunk('IEND')];
    expect(same((await decode(Buffer.concat([head, ...parts, tail]))).data, (await decode(whole)).data)).toBe(true);
  });
});

function flipByte(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((value, place) => (place === at ? value ^ 255 : value));
}

describe('decodePng refuses', () => {
  const row = Buffer.from([0, 1, 2, 3]);
  const rgb = headerChunk(1, 1, 8, 2);

  it.each([
    ['other formats', files.jpeg, 'The bytes are not a PNG file.'],
    ['a wrong checksum', flipByte(files.png, 100), /^The PNG has a wrong checksum in chunk IDAT at byte \d+\.$/],
    ['a cut file', files.png.subarray(0, -20), /^The PNG ends inside chunk IDAT\.$/],
    ['too few pixels', pngWith(rgb, deflateSync(row.subarray(0, 3))), 'The PNG has too little image data.'],
    ['too many pixels', pngWith(rgb, deflateSync(Buffer.concat([row, row]))), /more image data than its size allows/],
    [
      'a filter that does not exist',
      pngWith(rgb, deflateSync(Buffer.from([5, 1, 2, 3]))),
      'The PNG has an unknown filter in row 0.',
    ],
    ['bytes that are not deflated', pngWith(rgb, row), /damaged image data/],
    ['a compressed stream that is cut', pngWith(rgb, deflateSync(row).subarray(0, -2)), /damaged image data/],
    ['a wrong Adler checksum', pngWith(rgb, Uint8Array.from(deflateSync(row)).fill(0, -1)), /damaged image data/],
    [
      'a colour that is not in the palette',
      makePng({ width: 1, height: 1, bitDepth: 2, colourType: 3, samples: [2], palette: [0, 0, 0, 9, 9, 9] }),
      'The PNG uses colour 2 of a palette of 2.',
    ],
  ])('%s', async (_, bytes, message) => {
    const failure = decode(bytes);
    await expect(failure).rejects.toBeInstanceOf(PngError);
    await expect(failure).rejects.toThrow(message);
  });

  it('B13: an image over the limit, before inflating anything', async () => {
    const bomb = pngWith(headerChunk(30_000, 30_000, 8, 0), deflateSync(Buffer.alloc(10_000_000)));
    await expect(decodePng(bomb, { maxPixels })).rejects.toThrow('The PNG is 30000x30000 pixels large');
    await expect(decodePng(bomb, { maxPixels: Number.NaN })).rejects.toThrow(PngError);
  });

  it('B13: a header that promises more than its bytes can hold, before allocating memory', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const failure = decode(pngWith(headerChunk(10_000, 10_000), deflateSync(row)));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
    await expect(failure).rejects.toThrow('The PNG has too little image data.');
  });

  it('B10: a small image whose data inflates to 500 MB, at the first surplus byte', async () => {
    const bomb = pngWith(rgb, deflateSync(Buffer.alloc(500_000_000)));
    const before = process.memoryUsage().rss;
    await expect(decode(bomb)).rejects.toThrow(/more image data than its size allows/);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  it('damaged files with a PngError, unless it can decode them', async () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(damage, async (edits) => {
        const stream = deflateSync(Buffer.concat([Buffer.from([1]), noise(30, 1, 3)]));
        for (const [place, value] of edits) stream[place % stream.length] = value;
        await decode(pngWith(headerChunk(30, 1, 8, 2), stream)).catch((error: unknown) => {
          if (!(error instanceof PngError)) throw error;
        });
      }),
      { numRuns: runsOf(300) },
    );
  });
});

const source = fc
  .record({
    width: fc.integer({ min: 1, max: 40 }),
    height: fc.integer({ min: 1, max: 40 }),
    channels: fc.constantFrom<Channels>(1, 3, 4),
  })
  .chain((shape) => {
    const length = shape.width * shape.height * shape.channels;
    const data = fc.oneof(
      fc.uint8Array({ minLength: length, maxLength: length }),
      fc.nat(255).map((value) => new Uint8Array(length).fill(value)),
      fc.nat(9).map((slope) => Uint8Array.from({ length }, (_, i) => i * slope)),
    );
    return data.map((bytes) => ({ ...shape, data: bytes }));
  });

function toRgba({ data, channels }: { data: Uint8Array; channels: Channels }): Uint8Array {
  if (channels === 4) return data;
  const rgba: number[] = [];
  for (let i = 0; i < data.length; i += channels) {
    const [red = 0, green = red, blue = red] = data.subarray(i, i + channels);
    rgba.push(red, green, blue, 255);
  }
  return Uint8Array.from(rgba);
}

describe('encodePng', () => {
  it('writes what decodePng reads back', async () => {
    await fc.assert(
      fc.asyncProperty(source, async (image) => {
        const { width, height, data } = await decode(await encodePng(image));
        expect({ width, height }).toEqual({ width: image.width, height: image.height });
        expect(same(data, toRgba(image))).toBe(true);
      }),
      { numRuns: runsOf(150) },
    );
  });

  it('writes what sharp reads', async () => {
    await fc.assert(
      fc.asyncProperty(source, async (image) => {
        expect(same(await decodeWithSharp(await encodePng(image)), toRgba(image))).toBe(true);
      }),
      { numRuns: runsOf(50) },
    );
  });

  it('does not change the given pixels, also in a view of a larger buffer', async () => {
    const large = noise(10, 12, 3);
    const copy = Uint8Array.from(large);
    const png = await encodePng({ width: 10, height: 10, data: large.subarray(30, 330), channels: 3 });
    expect(same((await decode(png)).data, toRgba({ data: copy.subarray(30, 330), channels: 3 }))).toBe(true);
    expect(large).toEqual(copy);
  });

  it('chooses filters that make a smooth image small', async () => {
    const data = Uint8Array.from({ length: 256 * 256 * 3 }, (_, i) => ((i % 768) + Math.floor(i / 768)) / 4);
    const png = await encodePng({ width: 256, height: 256, data, channels: 3 });
    const unfiltered = deflateSync(Buffer.from(data));
    expect(png.length).toBeLessThan(unfiltered.length / 2);
  });

  it('stores text that other programs can read', async () => {
    const description = 'A fox. 狐 🦊';
    const png = await encodePng({
      width: 1,
      height: 1,
      data: Uint8Array.of(9),
      channels: 1,
      text: { Description: description },
    });
    expect((await sharp(png).metadata()).comments).toEqual([{ keyword: 'Description', text: description }]);
  });

  it.each([
    ['a side of zero', { width: 0 }, 'A PNG cannot be 0x1 pixels large.'],
    ['a side that is not whole', { width: 1.5 }, 'A PNG cannot be 1.5x1 pixels large.'],
    ['data of another length', { width: 2 }, 'The data has 3 bytes; 2x1 pixels of 3 channels take 6.'],
    ['two channels', { channels: 2 as Channels }, 'A PNG has 1, 3 or 4 channels, not 2.'],
    ['an empty keyword', { text: { '': 'x' } }, /keyword/],
    ['a keyword of 80 characters', { text: { ['x'.repeat(80)]: 'x' } }, /keyword/],
    ['a keyword with a space at its end', { text: { 'a ': 'x' } }, /keyword/],
    ['a text with a NUL', { text: { a: '\0' } }, /NUL/],
  ])('refuses %s', async (_, part, message) => {
    const failure = encodePng({ width: 1, height: 1, data: new Uint8Array(3), channels: 3, ...part });
    await expect(failure).rejects.toBeInstanceOf(PngError);
    await expect(failure).rejects.toThrow(message);
  });
});

describe('the codec on a large image', () => {
  it('yields to the event loop', async () => {
    const [width, height] = [4000, 3000];
    let turns = 0;
    const ticker = setInterval(() => turns++, 1);
    const png = await encodePng({ width, height, data: new Uint8Array(width * height * 4).fill(200), channels: 4 });
    const whileEncoding = turns;
    await decode(png);
    clearInterval(ticker);
    expect(whileEncoding).toBeGreaterThan(3);
    expect(turns - whileEncoding).toBeGreaterThan(3);
  });
});

describe('the codec without Node', () => {
  afterEach(() => {
    vi.doUnmock('#platform');
    vi.resetModules();
  });

  it('writes the same file and reads the same pixels with the web platform', async () => {
    vi.resetModules();
    vi.doMock('#platform', () => web);
    const onWeb = await import('../../../../src/providers/kit/image/png.ts');
    const data = noise(50, 40, 4);
    const png = await onWeb.encodePng({ width: 50, height: 40, data, channels: 4 });
    expect(same(png, await encodePng({ width: 50, height: 40, data, channels: 4 }))).toBe(true);
    expect(same((await onWeb.decodePng(png, { maxPixels })).data, data)).toBe(true);
  });

  it('computes the same checksums, in one go or in parts', () => {
    expect(web.crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.uint8Array({ maxLength: 500 }), (a, b) => {
        const whole = node.crc32(Buffer.concat([a, b]));
        expect(web.crc32(Buffer.concat([a, b]))).toBe(whole);
        expect(web.crc32(b, web.crc32(a))).toBe(whole);
        expect(node.crc32(b, node.crc32(a))).toBe(whole);
      }),
    );
  });

  it('encodes and decodes base64 in the same way', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
        const encoded = node.encodeBase64(bytes);
        expect(web.encodeBase64(bytes)).toBe(encoded);
        const groups = Buffer.from(encoded.replace(/.{3}=$|.{2}==$/, ''));
        const [a, b] = [new Uint8Array(bytes.length), new Uint8Array(bytes.length)];
        expect(web.decodeBase64(groups, a, 0)).toBe(node.decodeBase64(groups, b, 0));
        expect(a).toEqual(b);
      }),
    );
  });

  it('refuses the same characters in base64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (characters) => {
        const target = new Uint8Array(3);
        expect(web.decodeBase64(characters, target, 0)).toBe(node.decodeBase64(characters, new Uint8Array(3), 0));
      }),
      { numRuns: runsOf(2_000) },
    );
  });
});
