/** Checking the rows of every kind of PNG, without inflating more than needed. */
import { deflateRawSync, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { findPixelFault } from '../../../src/store/artifacts/png-pixels.ts';
import {
  chunk,
  headerChunk,
  makePng,
  pngWith,
  SAMPLES_PER_PIXEL,
  type Samples,
  SIGNATURE,
} from '../../providers/kit/image/make-png.ts';
import { files, noise } from '../../providers/kit/image/samples.ts';
import { runsOf } from '../../support/full-size.ts';

const KINDS = [
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

/** Rows of zeros with their filter bytes: the data of an 8-bit grey image. */
const greyRows = (width: number, height: number) => Buffer.alloc((width + 1) * height);
const grey = (width: number, height: number, data: Uint8Array) => pngWith(headerChunk(width, height, 8, 0), data);

function sampled(width: number, height: number, [colourType, bitDepth]: (typeof KINDS)[number], isInterlaced: boolean) {
  const count = width * height * SAMPLES_PER_PIXEL[colourType];
  const source: Samples = {
    ...{ width, height, bitDepth, colourType, isInterlaced },
    samples: Array.from({ length: count }, (_, at) => at % 2 ** Math.min(bitDepth, 8)),
    ...(colourType === 3 && { palette: Array.from({ length: 3 * 2 ** bitDepth }, () => 7) }),
  };
  return makePng(source);
}

/** The file with another header, whose checksum is right. */
function withHeader(file: Uint8Array, header: Uint8Array): Buffer {
  return Buffer.concat([SIGNATURE, header, Buffer.from(file).subarray(8 + 25)]);
}

describe('a PNG with all its rows', () => {
  it.each(Object.entries(files).filter(([name]) => name.startsWith('png')))(
    'is what sharp writes: %s',
    async (_, file) => {
      expect(await findPixelFault(file)).toBeUndefined();
    },
  );

  it('may have any colour type, bit depth, size and interlacing', async () => {
    const sides = fc.integer({ min: 1, max: 20 });
    await fc.assert(
      fc.asyncProperty(
        sides,
        sides,
        fc.constantFrom(...KINDS),
        fc.boolean(),
        async (width, height, kind, isInterlaced) => {
          expect(await findPixelFault(sampled(width, height, kind, isInterlaced))).toBeUndefined();
        },
      ),
      { numRuns: runsOf(600) },
    );
  });

  it('may have many image data chunks, some of them empty', async () => {
    const data = deflateSync(noise(100, 101, 1));
    const parts = Array.from(data, (byte) => chunk('IDAT', Buffer.from([byte])));
    const rows = Buffer.concat([SIGNATURE, headerChunk(100, 100, 8, 0), chunk('IDAT'), ...parts, chunk('IEND')]);
    const filters = await findPixelFault(rows);
    expect(filters).toMatch(/unknown filter/); // noise has any byte in the place of a filter
    const zeros = Array.from(deflateSync(greyRows(100, 100)), (byte) => chunk('IDAT', Buffer.from([byte])));
    expect(
      await findPixelFault(
        Buffer.concat([SIGNATURE, headerChunk(100, 100, 8, 0), chunk('IDAT'), ...zeros, chunk('IEND')]),
      ),
    ).toBeUndefined();
  });

  it('may have bytes after its end; other files are not checked', async () => {
    expect(await findPixelFault(Buffer.concat([files.png, Buffer.from('PK\x03\x04')]))).toBeUndefined();
    for (const name of ['jpeg', 'webp', 'gif', 'avif'] as const)
      expect(await findPixelFault(files[name])).toBeUndefined();
    expect(await findPixelFault(new Uint8Array())).toBeUndefined();
  });
});

describe('a PNG with missing or damaged rows', () => {
  it('is reported when its header has another size, for every kind of PNG', async () => {
    for (const kind of KINDS) {
      const [colourType, bitDepth] = kind;
      for (const isInterlaced of [false, true]) {
        const file = sampled(9, 9, kind, isInterlaced);
        const claim = (width: number, height: number) =>
          findPixelFault(withHeader(file, headerChunk(width, height, bitDepth, colourType, isInterlaced)));
        expect(await claim(9, 9)).toBeUndefined();
        // In an interlaced file, passes begin at other positions, so that samples are read as filters.
        const fault = (usual: RegExp) => (isInterlaced ? /rows$|allows$|^has an unknown filter in row/ : usual);
        expect(await claim(9, 10), `${kind} ${isInterlaced}`).toMatch(fault(/^has the data of \d+ of \d+ rows$/));
        expect(await claim(9, 8), `${kind} ${isInterlaced}`).toMatch(
          fault(/^has more image data than its size allows$/),
        );
        expect(await claim(90, 9)).toBeDefined();
        expect(await claim(1, 1)).toBe('has more image data than its size allows');
      }
    }
  });

  it.each([
    ['too few rows', grey(64, 64, deflateSync(greyRows(64, 12))), 'has the data of 12 of 64 rows'],
    ['a truncated row', grey(64, 64, deflateSync(greyRows(64, 64).subarray(1))), 'has the data of 63 of 64 rows'],
    [
      'one byte too many',
      grey(64, 64, deflateSync(Buffer.alloc(65 * 64 + 1))),
      'has more image data than its size allows',
    ],
    [
      'a truncated stream',
      grey(64, 64, deflateSync(noisyRows(64, 64)).subarray(0, 900)),
      /^has the data of \d+ of 64 rows$/,
    ],
    ['no checksum', grey(64, 64, deflateSync(greyRows(64, 64)).subarray(0, -4)), /compressed stream cannot be read/],
    ['a wrong checksum', grey(64, 64, wrongEnd(deflateSync(greyRows(64, 64)))), /compressed stream cannot be read/],
    ['no zlib stream', grey(8, 8, deflateRawSync(greyRows(8, 8))), /compressed stream cannot be read/],
    ['text instead of pixels', grey(8, 8, Buffer.from('there is no image here')), /compressed stream cannot be read/],
    [
      'bytes after its stream',
      grey(8, 8, Buffer.concat([deflateSync(greyRows(8, 8)), Buffer.from('hidden')])),
      'has more image data than its size allows',
    ],
    [
      'many bytes after its stream',
      grey(8, 8, Buffer.concat([deflateSync(greyRows(8, 8)), noise(500_000, 1, 1)])),
      'has more image data than its size allows',
    ],
    ['an unknown filter', grey(8, 8, deflateSync(greyRows(8, 8).fill(5, 18, 19))), 'has an unknown filter in row 3'],
    ['a wrong checksum of a chunk', wrongEnd(files.png, 20), /wrong checksum in chunk IDAT/],
    [
      'an impossible depth',
      pngWith(headerChunk(8, 8, 4, 6), deflateSync(greyRows(8, 8))),
      /colour type 6 with bit depth 4/,
    ],
  ])('is reported: %s', async (_, file, fault) => {
    const found = await findPixelFault(file);
    if (typeof fault === 'string') expect(found).toBe(fault);
    else expect(found).toMatch(fault);
  });

  it('is also refused by sharp', async () => {
    const file = grey(64, 64, deflateSync(greyRows(64, 12)));
    await expect(sharp(file, { failOn: 'warning' }).raw().toBuffer()).rejects.toThrow();
  });

  it('is reported when it is a frame of an animation', async () => {
    const uint32 = (...values: number[]) => {
      const bytes = Buffer.alloc(4 * values.length);
      for (const [place, value] of values.entries()) bytes.writeUInt32BE(value, 4 * place);
      return bytes;
    };
    const control = (width: number, height: number, left = 0) =>
      chunk('fcTL', Buffer.concat([uint32(0, width, height, left, 0), Buffer.alloc(6)]));
    const frame = (data: Uint8Array) => chunk('fdAT', Buffer.concat([uint32(1), data]));
    const apng = (...behind: readonly Uint8Array[]) =>
      Buffer.concat([
        ...[SIGNATURE, headerChunk(8, 8, 8, 0), chunk('acTL', uint32(2, 0)), control(8, 8)],
        ...[chunk('IDAT', deflateSync(greyRows(8, 8))), ...behind, chunk('IEND')],
      ]);
    expect(await findPixelFault(apng(control(4, 4), frame(deflateSync(greyRows(4, 4)))))).toBeUndefined();
    expect(await findPixelFault(apng(control(4, 4), frame(deflateSync(greyRows(4, 3)))))).toBe(
      'has the data of 3 of 4 rows, in frame 2',
    );
    expect(await findPixelFault(apng(control(4, 4, 5), frame(deflateSync(greyRows(4, 4)))))).toMatch(/does not fit/);
    expect(await findPixelFault(apng(chunk('fdAT', uint32(1))))).toMatch(/has the data of 0|too little image data/);
  });
});

describe('a decompression bomb', () => {
  it.each([
    ['a small image whose data inflates to 100 MB', grey(10, 10, bomb(100_000_000)), 'has more image data'],
    ['a large image', pngWith(headerChunk(30_000, 30_000, 8, 0), bomb(100_000_000)), 'more than 100000000 pixels'],
    [
      'an image that is almost completely missing',
      pngWith(headerChunk(10_000, 10_000, 16, 6), bomb(1_000_000)),
      'rows',
    ],
  ])('B13: a decompression bomb is reported without inflating all of it: %s', async (_, file, fault) => {
    const before = process.memoryUsage().arrayBuffers;
    let maxBytes = before;
    const watch = setInterval(() => {
      maxBytes = Math.max(maxBytes, process.memoryUsage().arrayBuffers);
    }, 1);
    const found = await findPixelFault(file);
    clearInterval(watch);
    maxBytes = Math.max(maxBytes, process.memoryUsage().arrayBuffers);
    expect(found).toContain(fault);
    expect(maxBytes - before).toBeLessThan(30_000_000);
  });
});

describe('findPixelFault', () => {
  it('ends without throwing for files with changed bytes', async () => {
    const whole = [files.png, files.pngPalette, files.pngInterlaced, sampled(9, 9, [2, 16], true)];
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...whole), changes, fc.nat(), async (file, edits, cut) => {
        const changed = Buffer.from(file);
        for (const [at, value] of edits) changed[at % changed.length] = value;
        for (const each of [changed, changed.subarray(0, cut % changed.length)]) {
          expect(['string', 'undefined']).toContain(typeof (await findPixelFault(each)));
        }
      }),
      { numRuns: runsOf(500) },
    );
  });

  it('ends without throwing for any image data with valid checksums', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 13 }),
        fc.uint8Array({ maxLength: 100 }),
        fc.boolean(),
        async (header, data, isDeflated) => {
          const idat = isDeflated ? deflateSync(data) : data;
          const file = Buffer.concat([
            SIGNATURE,
            chunk('IHDR', header),
            chunk('IDAT', idat),
            chunk('fcTL', data),
            chunk('fdAT', data),
            chunk('IEND'),
          ]);
          expect(['string', 'undefined']).toContain(typeof (await findPixelFault(file)));
          const claimed = grey(7, 9, idat);
          expect(['string', 'undefined']).toContain(typeof (await findPixelFault(claimed)));
        },
      ),
      { numRuns: runsOf(1_000) },
    );
  });
});

function noisyRows(width: number, height: number): Buffer {
  const rows = Buffer.from(noise(width + 1, height, 1));
  for (let row = 0; row < height; row++) rows[row * (width + 1)] = 0;
  return rows;
}

function wrongEnd(bytes: Uint8Array, fromEnd = 1): Buffer {
  const wrong = Buffer.from(bytes);
  wrong[wrong.length - fromEnd]! ^= 1;
  return wrong;
}

function bomb(length: number): Buffer {
  return deflateSync(Buffer.alloc(length));
}
