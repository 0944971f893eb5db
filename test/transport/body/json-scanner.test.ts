import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyError } from '../../../src/transport/body/body-error.ts';
import { brokenReason } from '../../../src/transport/body/broken-blob.ts';
import { defaultLimits } from '../../../src/transport/body/limits.ts';
import { createJsonScanner } from '../../../src/transport/body/scan/json-scanner.ts';
import { runsOf } from '../../support/full-size.ts';
import { cut, cuts, outcomeOf, scan, utf8 } from './pieces.ts';

const blobs = new Map([
  ['b64_json', 'base64'],
  ['url', 'data-url'],
] as const);

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

function failure(body: string | Uint8Array, settings: Parameters<typeof scan>[1] = {}): BodyError {
  try {
    scan(body, settings);
  } catch (error) {
    if (error instanceof BodyError) return error;
    throw error;
  }
  throw new Error('the body was accepted');
}

interface Broken {
  readonly b64_json: Uint8Array;
  readonly after?: number;
}

describe('documents without blobs', () => {
  it('returns the same as JSON.parse, for any document and any chunk boundaries', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary', depthSize: 'medium' }), cuts, (text, cuts) => {
        fc.pre(!text.includes('__proto__'));
        expect(scan(text, { cuts })).toStrictEqual(JSON.parse(text));
      }),
      { numRuns: runsOf(500) },
    );
  });

  it('accepts and refuses the same documents as JSON.parse', () => {
    const tokens = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '"b64_json"',
      '\\',
      '\\"',
      '\\u00',
      '1',
      '-0',
      '1e5',
      'true',
      'nul',
      ' ',
      '\n',
      'é',
      '\u0001',
    ];
    const almostJson = fc.array(fc.constantFrom(...tokens), { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(almostJson, cuts, (text, cuts) => {
        const expected = outcomeOf(() => JSON.parse(text));
        const actual = outcomeOf(() => scan(text, { cuts }));
        if (typeof expected === 'object' && expected !== null && 'value' in expected)
          expect(actual).toStrictEqual(expected);
        else expect(actual).toHaveProperty('error', expect.stringMatching(/^BodyError: /));
      }),
      { numRuns: runsOf(3_000) },
    );
  });

  it.each(['{"a":1} {"b":2}', '{"a":1}x', '[1,]', '{"a":01}', "{'a':1}", '[1}', ']', '{"a" "b"}'])(
    'refuses %s',
    (text) => {
      expect(failure(text).fault).toBe('unreadable');
    },
  );

  it('skips a byte order mark, as every platform does', () => {
    expect(scan(Uint8Array.of(0xef, 0xbb, 0xbf, ...utf8('{"a":1}')))).toEqual({ a: 1 });
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(failure(Uint8Array.of(0x22, 0xc3, 0x28, 0x22))).toMatchObject({
      fault: 'unreadable',
      message: 'the body is not valid UTF-8',
    });
  });
});

describe('blobs', () => {
  /** Writes a string as JSON with some of its characters escaped, as serializers in the wild do. */
  const escaped = (text: string, seed: number) =>
    [...text]
      .map((character, index) => {
        const roll = (seed * 31 + index * 17) % 13;
        if (character === '/' && roll < 6) return '\\/';
        if (roll === 7) return `\\u00${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
        return character;
      })
      .join('');

  it('decodes base64 under a declared key at any depth, with any escapes and chunk boundaries', () => {
    const blob = fc.uint8Array({ minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(
        fc.array(blob, { maxLength: 4 }),
        fc.nat(20),
        fc.boolean(),
        fc.nat(2000),
        cuts,
        (images, seed, prefixed, expectedBytes, cuts) => {
          const prefix = prefixed ? 'data:image/png;base64,' : '';
          const items = images.map(
            (bytes) => `{"note":"\\"x\\\\","b64_json":"${escaped(prefix + base64(bytes), seed)}","n":1}`,
          );
          const read = scan(`{"data":[${items.join(' , ')}],"ok":true}`, { blobs, cuts, expectedBytes });
          expect(read).toEqual({
            data: images.map((bytes) => ({ note: '"x\\', b64_json: new Uint8Array(bytes), n: 1 })),
            ok: true,
          });
        },
      ),
      { numRuns: runsOf(300) },
    );
  });

  it('returns a buffer of exactly the blob’s length', () => {
    const bytes = Uint8Array.from({ length: 1_000_001 }, (_, index) => index * 7);
    const { b64_json } = scan(`{"b64_json":"${base64(bytes)}"}`, {
      blobs,
      cuts: [40_000],
    }) as { b64_json: Uint8Array };
    expect(b64_json.byteOffset).toBe(0);
    expect(b64_json.buffer.byteLength).toBe(1_000_001);
    expect(Buffer.compare(b64_json, bytes)).toBe(0);
  });

  it('decodes the elements of an array directly under a declared key, and no deeper', () => {
    expect(scan('{"b64_json":["AAEC","AwQF",null,["AAEC"],{"a":"AAEC"}],"other":["AAEC"]}', { blobs })).toEqual({
      b64_json: [Uint8Array.of(0, 1, 2), Uint8Array.of(3, 4, 5), null, ['AAEC'], { a: 'AAEC' }],
      other: ['AAEC'],
    });
  });

  it('keeps values under a declared key that are not strings', () => {
    expect(scan('{"b64_json":null,"a":"AAEC"}', { blobs })).toEqual({ b64_json: null, a: 'AAEC' });
    expect(scan('[{"b64_json":{"a":"AAEC"}},{"b64_json":7,"a":"x"}]', { blobs })).toEqual([
      { b64_json: { a: 'AAEC' } },
      { b64_json: 7, a: 'x' },
    ]);
  });

  it('finds a declared key that is written with escapes', () => {
    expect(scan('{"b\\u00364_json":"AAEC"}', { blobs })).toEqual({ b64_json: Uint8Array.of(0, 1, 2) });
  });

  it('treats a key with a leading byte order mark as a different key', () => {
    expect(scan('{"\uFEFFb64_json":"AAEC","\uFEFF__proto__":1}', { blobs })).toEqual({
      '\uFEFFb64_json': 'AAEC',
      '\uFEFF__proto__': 1,
    });
  });

  it('treats text that only starts like a data URL as base64', () => {
    expect(scan('{"b64_json":"data"}', { blobs })).toEqual({ b64_json: new Uint8Array(Buffer.from('data', 'base64')) });
    expect(scan('{"b64_json":"dat/"}', { blobs })).toEqual({ b64_json: new Uint8Array(Buffer.from('dat/', 'base64')) });
  });

  it.each([
    'https://example.com/a.png?sig=%2F',
    'data:text/plain,hello',
    'data:image/svg+xml;utf8,<svg>',
    'd',
    'data:',
    '',
    'dat\n"\u00e9',
    `data:${'x'.repeat(400)};base64,AAEC`,
  ])('keeps the link %j a string under a key for links and data URLs', (link) => {
    fc.assert(
      fc.property(cuts, (cuts) => {
        expect(scan(JSON.stringify({ url: link, after: 1 }), { blobs, cuts })).toEqual({ url: link, after: 1 });
      }),
      { numRuns: 20 },
    );
  });

  it('decodes a data URL under a key for links, with any media type and case', () => {
    for (const head of ['data:image/png;base64,', 'data:;base64,', 'DATA:image\\/webp;charset=x;BASE64,']) {
      expect(scan(`{"url":"${head}AAEC"}`, { blobs })).toEqual({ url: Uint8Array.of(0, 1, 2) });
    }
  });

  it('does not repeat a blob for a string that looks like a placeholder', () => {
    const read = scan('{"b64_json":"AAEC","a":"0","b":"00000000000000000000000000000000:0","c":"b64_json"}', { blobs });
    expect(read).toEqual({
      b64_json: Uint8Array.of(0, 1, 2),
      a: '0',
      b: '00000000000000000000000000000000:0',
      c: 'b64_json',
    });
  });

  it.each([
    ['NUL as an escape', 'AA\\u0000A'],
    ['a raw NUL', 'AA\0A'],
    ['punctuation', '<<%%>>AA'],
    ['a letter outside ASCII', 'AAAé'],
    ['an escaped letter outside ASCII', 'AAA\\u00e9'],
    ['an escaped quote', 'AAA\\"'],
    ['a foreign character in the alphabet for URLs', 'AA-_A%AA'],
    ['padding inside', 'AA==AAAA'],
    ['padding of three', 'A==='],
    ['padding before a character', 'AA=A'],
    ['only padding', '===='],
    ['a data URL without base64', 'data:image/png,AAAA'],
    ['a data URL that is only a header', 'data:image/png;base64'],
    ['a broken escape', 'AAA\\u00'],
  ])('B14: the scanner returns base64 with %s undecoded, marked as broken, for any chunk boundaries', (_, text) => {
    fc.assert(
      fc.property(cuts, fc.nat(5), (cuts, groups) => {
        const written = `${text.startsWith('data:') ? '' : 'QUJD'.repeat(groups)}${text}`;
        const read = scan(`{"b64_json":"${written}","after":1}`, { blobs, cuts }) as Broken;
        const came = Buffer.from(read.b64_json).toString();
        expect(came.replace('\0', '\\u0000')).toBe(written.replace('\0', '\\u0000'));
        expect(brokenReason(read.b64_json)).toContain('b64_json');
        expect(read.after).toBe(1);
      }),
      { numRuns: 20 },
    );
  });

  it.each(['A', 'AA', 'AAA', 'AAAAA', 'AA='])(
    'B15: the scanner marks base64 that ends inside a group as broken: %s',
    (text) => {
      const read = scan(`{"b64_json":"${text}"}`, { blobs }) as Broken;
      expect(Buffer.from(read.b64_json).toString()).toBe(text);
      expect(brokenReason(read.b64_json)).toBe('the base64 under "b64_json" ends inside a group of four characters');
    },
  );

  it.each([
    ['a line break each 76 characters', (text: string) => text.replace(/.{76}/g, '$&\\n')],
    ['Windows line breaks', (text: string) => text.replace(/.{64}/g, '$&\\r\\n')],
    ['a line break at its end', (text: string) => `${text}\\n`],
    ['blanks around it', (text: string) => `  ${text}\\t`],
    ['a data header and line breaks', (text: string) => `data:image/png;base64,\\n${text.replace(/.{76}/g, '$&\\n')}`],
    ['escapes of white space by number', (text: string) => text.replace(/.{10}/g, '$&\\u000a')],
  ])('O07: the scanner decodes base64 with %s, for any chunk boundaries', (_, written) => {
    const bytes = Uint8Array.from({ length: 301 }, (_, at) => at * 7);
    fc.assert(
      fc.property(cuts, (cuts) => {
        expect(scan(`{"b64_json":"${written(base64(bytes))}"}`, { blobs, cuts })).toEqual({ b64_json: bytes });
      }),
      { numRuns: 30 },
    );
  });

  it('decodes base64url, with and without padding, for any chunk boundaries', () => {
    const padded = (text: string) => text.padEnd(Math.ceil(text.length / 4) * 4, '=');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), cuts, fc.boolean(), (more, cuts, isPadded) => {
        const bytes = Uint8Array.from([0xfb, 0xef, 0xbf, ...more]); // begins with "--_"
        const text = Buffer.from(bytes).toString('base64url');
        const body = `{"b64_json":"${isPadded ? padded(text) : text}"}`;
        expect(scan(body, { blobs, cuts })).toEqual({ b64_json: bytes });
      }),
      { numRuns: runsOf(200) },
    );
  });

  it.each(['', ' ', '\\n'])('O06: the scanner returns empty base64 (%j) as text', (text) => {
    const { b64_json } = scan(`{"b64_json":"${text}","url":"https://a.example/1.png"}`, { blobs }) as Broken;
    expect(b64_json).not.toBeInstanceOf(Uint8Array);
  });

  it('never decodes base64 that a strict decoder refuses', () => {
    const strict = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
    /** With a character of the alphabet for URLs in it, padding may be missing. */
    const forUrls = /^(?=.*[-_])(?:[\w+/-]{4})*(?:[\w+/-]{2}(?:==)?|[\w+/-]{3}=?)?$/;
    const almostBase64 = fc
      .array(fc.constantFrom('A', 'b', '9', '+', '/', '=', '-', '_', ' '), { maxLength: 14 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(almostBase64, cuts, (text, cuts) => {
        const actual = outcomeOf(() => scan(`{"b64_json":"${text}"}`, { blobs, cuts }));
        const written = text.replaceAll(' ', '');
        if (written === '') {
          expect(actual).toEqual({ value: { b64_json: text } });
          return;
        }
        const { value } = actual as { value: Broken };
        const isDecoded = strict.test(written) || forUrls.test(written);
        expect(brokenReason(value.b64_json) === undefined).toBe(isDecoded);
        if (isDecoded) expect(Buffer.from(value.b64_json).equals(Buffer.from(written, 'base64'))).toBe(true);
      }),
      { numRuns: runsOf(3_000) },
    );
  });
});

describe('bodies that are not JSON', () => {
  it('B01: the scanner reports that the body is an HTML page', () => {
    fc.assert(
      fc.property(cuts, fc.constantFrom(0, 1000), (cuts, more) => {
        const page = `\n<!DOCTYPE html><html><body>Sign in, {"b64_json":"</body></html>${' '.repeat(more)}`;
        expect(failure(page, { blobs, cuts })).toMatchObject({
          fault: 'unreadable',
          message: 'the body is an HTML page, not JSON',
        });
      }),
      { numRuns: 30 },
    );
  });

  it.each(['', ' \r\n', '\uFEFF'])('B02: the scanner reports that the body is empty: %j', (text) => {
    expect(failure(text)).toMatchObject({ fault: 'unreadable', message: 'the body is empty' });
  });

  it('B03: the scanner returns an error document with status 200 like any other', () => {
    expect(scan('{"error":{"message":"no credit"}}', { blobs })).toEqual({ error: { message: 'no credit' } });
  });

  it('B11: the scanner reports where a truncated document ends, and shows none of it', () => {
    for (const text of ['{"b64_json":"AAEC', '{"secret":"hunter2"', '[1,2', '{"a":"x\\']) {
      const error = failure(text, { blobs });
      expect(error).toMatchObject({
        fault: 'unreadable',
        message: `the JSON ends in the middle, after ${text.length} bytes`,
      });
    }
  });

  it('shows the first 80 printable characters of other text, on one line', () => {
    const error = failure(`no healthy\r\n\u001b[31mupstream ${'x'.repeat(5000)}`);
    expect(error.message).toBe(`the body is not JSON: it begins with "no healthy [31mupstream ${'x'.repeat(56)}"`);
  });

  it('shows nothing of a malformed document that starts like JSON data', () => {
    expect(failure('{"url":"https://example.com/?signature=abc",}').message).toBe('the body is not valid JSON');
  });

  it('keeps a body that cannot become JSON, up to the size of a blob', () => {
    const scanner = createJsonScanner({ blobs, limits: { ...defaultLimits, maxBlobBytes: 2000 } });
    scanner.write(utf8(`<p>${'x'.repeat(1000)}`));
    expect(Buffer.from(scanner.received()).toString()).toBe(`<p>${'x'.repeat(1000)}`);

    const endless = createJsonScanner({ blobs, limits: { ...defaultLimits, maxBlobBytes: 2000 } });
    endless.write(utf8(`<p>${'x'.repeat(1000)}`));
    expect(() => endless.write(utf8('x'.repeat(1000)))).toThrow('the body is not JSON: it begins with "<p>xxx');
  });

  it('returns the received bytes, also of a document that is cut inside a blob', () => {
    const text = `{"b64_json":"${base64(Uint8Array.from({ length: 40 }, (_, at) => at))}","b":["é",{"url":"x"}],"c":1}`;
    fc.assert(
      fc.property(cuts, fc.nat(text.length), (cuts, length) => {
        const scanner = createJsonScanner({ blobs, limits: defaultLimits });
        const part = utf8(text).subarray(0, length);
        for (const piece of cut(part, cuts)) scanner.write(piece);
        expect(Buffer.from(scanner.received()).equals(Buffer.from(part))).toBe(true);
      }),
      { numRuns: runsOf(200) },
    );
  });
});

describe('hostile documents', () => {
  it.each([
    '{"__proto__":{"polluted":1}}',
    '{"a":[{"__proto__":{"polluted":1}}]}',
    '{"__pr\\u006fto__":{"polluted":1}}',
    '{"\\u005f\\u005f\\u0070\\u0072\\u006f\\u0074\\u006f\\u005f\\u005f":{"polluted":1}}',
  ])('B12: the scanner removes the key __proto__: %s', (text) => {
    fc.assert(
      fc.property(cuts, (cuts) => {
        expect(JSON.stringify(scan(text, { cuts }))).not.toContain('polluted');
      }),
      { numRuns: 20 },
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('B12: the scanner accepts __proto__ as a value, and other keys with underscores', () => {
    expect(scan('{"__prote__":"__proto__"}')).toEqual({ __prote__: '__proto__' });
  });

  it('B17: the scanner refuses 100,000 nested arrays within a second', () => {
    const startedAt = process.cpuUsage();
    expect(failure('['.repeat(100_000))).toMatchObject({
      fault: 'too_large',
      message: 'the JSON is nested more than 128 levels deep',
    });
    expect(failure('{"a":'.repeat(100_000))).toMatchObject({ fault: 'too_large' });
    expect(process.cpuUsage(startedAt).user / 1_000).toBeLessThan(1_000);
  });

  it('B17: the scanner refuses 1,000,000 keys, and as many elements, within a second', () => {
    const keys = `{${Array.from({ length: 1_000_000 }, (_, index) => `"k${index}":1`).join(',')}}`;
    const elements = `[${'0,'.repeat(1_000_000)}0]`;
    const startedAt = process.cpuUsage();
    expect(failure(keys)).toMatchObject({
      fault: 'too_large',
      message: 'the JSON has more than 250000 keys and elements',
    });
    expect(failure(elements)).toMatchObject({ fault: 'too_large' });
    expect(process.cpuUsage(startedAt).user / 1_000).toBeLessThan(1_000);
  });

  it('B17: the scanner accepts a document exactly at the limits of depth and entries', () => {
    expect(scan('[[[1,2,3]]]', { limits: { maxDepth: 3, maxEntries: 5 } })).toEqual([[[1, 2, 3]]]);
    expect(failure('[[[1,2,3]]]', { limits: { maxDepth: 2 } }).fault).toBe('too_large');
    expect(failure('[[[1,2,3]]]', { limits: { maxEntries: 4 } }).fault).toBe('too_large');
  });

  it('B18: the scanner keeps a number that is too large for the schemas to refuse, -0, and text that looks like a number', () => {
    expect(scan('{"cost":-1e999,"a":[1e309]}')).toStrictEqual({
      cost: Number.NEGATIVE_INFINITY,
      a: [Number.POSITIVE_INFINITY],
    });
    expect(scan('[-0,"NaN","1e400",1e308]')).toStrictEqual([-0, 'NaN', '1e400', 1e308]);
  });

  it.each([
    ['{"a":NaN,"b":[Infinity,-Infinity,1]}', { a: null, b: [null, null, 1] }],
    ['{"a":"NaN and \\"Infinity\\"","b":NaN}', { a: 'NaN and "Infinity"', b: null }],
  ])('O14: the scanner reads NaN and Infinity as null for a server that sends them: %s', (text, expected) => {
    expect(scan(text, { nonFinite: 'null' })).toEqual(expected);
    expect(failure(text).fault).toBe('unreadable');
  });

  it('stops at the limit for a blob and at the limit for the document', () => {
    const text = `{"b64_json":"${base64(new Uint8Array(100))}"}`;
    expect(failure(text, { blobs, limits: { maxBlobBytes: 99 } })).toMatchObject({ fault: 'too_large' });
    expect(failure(text, { blobs, limits: { maxBytes: text.length - 1 } })).toMatchObject({ fault: 'too_large' });
    expect(scan(text, { blobs, limits: { maxBlobBytes: 100, maxBytes: text.length } })).toEqual({
      b64_json: new Uint8Array(100),
    });
  });
});

describe('text with a limit', () => {
  const limits = { maxTextBytes: 10 };

  it('J26: the scanner cuts long strings between characters and marks the cut', () => {
    expect(scan('{"log":"0123456789abc","id":"x"}', { limits })).toEqual({ log: '0123456789…', id: 'x' });
    expect(scan('{"log":"0123456789"}', { limits })).toEqual({ log: '0123456789' });
    expect(scan('["012345678é","0123456789\\"q\\\\"]', { limits })).toEqual(['012345678é', '0123456789…']);
  });

  it('J26: the scanner does not cut keys and blobs', () => {
    expect(scan(`{"a key of some length":1,"b64_json":"${base64(new Uint8Array(30))}"}`, { blobs, limits })).toEqual({
      'a key of some length': 1,
      b64_json: new Uint8Array(30),
    });
  });

  it('J26: the scanner never leaves half a character, escaped or not, for any chunk boundaries', () => {
    const wild = fc.string({ unit: fc.constantFrom('a', 'é', '中', '🦊', '"', '\\', '\n', '\u0001'), maxLength: 30 });
    const toEscapes = (text: string) =>
      JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    fc.assert(
      fc.property(wild, fc.boolean(), fc.integer({ min: 0, max: 40 }), cuts, (text, isEscaped, maxTextBytes, cuts) => {
        const written = isEscaped ? toEscapes(text) : JSON.stringify(text);
        const [read, after] = scan(`[${written},7]`, { limits: { maxTextBytes }, cuts }) as [string, number];
        expect(after).toBe(7);
        expect(read.isWellFormed()).toBe(true);
        if (utf8(written).length - 2 <= maxTextBytes) expect(read).toBe(text);
        else if (read !== text) {
          expect(read.endsWith('…')).toBe(true);
          expect(text.startsWith(read.slice(0, -1))).toBe(true);
          expect(utf8(read).length).toBeLessThan(maxTextBytes + 3 + 12);
        }
      }),
      { numRuns: runsOf(1_000) },
    );
  });
});
