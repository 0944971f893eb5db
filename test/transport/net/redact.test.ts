import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyCause, createRedactor } from '../../../src/transport/net/redact/redact.ts';

const KEY = 'sk-proj/Zm9v+YmFy=QmF6-canary_9';
const redact = createRedactor(() => [KEY]);

describe('a redacted text', () => {
  it.each([
    ['as it is', KEY],
    ['in capitals', KEY.toUpperCase()],
    ['in a URL', encodeURIComponent(KEY)],
    [
      'in a URL, hexadecimals in small letters',
      encodeURIComponent(KEY).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    ],
    ['in JSON that escapes slashes', JSON.stringify(KEY).replaceAll('/', '\\/')],
    ['in base64', btoa(KEY)],
    ['in base64 without padding', btoa(KEY).replace(/=+$/, '')],
    ['in base64url', Buffer.from(KEY).toString('base64url')],
    ['in base64 behind a user name', btoa(`user:${KEY}`)],
    ['in base64 between other things', btoa(`ab${KEY}:and more`)],
    ['cut off', KEY.slice(0, 20)],
  ])('does not show a secret that it contains %s', (_how, spelling) => {
    const clean = redact(`before ${spelling} behind`);

    expect(clean).toContain('[redacted]');
    expect(clean).toMatch(/^before .*behind$/);
    expect(clean.toLowerCase()).not.toContain(spelling.slice(4, 18).toLowerCase());
  });

  it('does not show a secret anywhere in any text, in any of these spellings', () => {
    const secret = fc.stringMatching(/^[!-~]{12,60}$/);
    const spell = fc.constantFrom<(text: string) => string>(
      (text) => text,
      encodeURIComponent,
      (text) => JSON.stringify(text).slice(1, -1),
      btoa,
      (text) => Buffer.from(text).toString('base64url'),
      (text) => btoa(`u:${text}`),
    );
    fc.assert(
      fc.property(
        secret,
        spell,
        fc.string({ maxLength: 200 }),
        fc.string({ maxLength: 200 }),
        (key, spelling, before, behind) => {
          const spelled = spelling(key);
          const clean = createRedactor(() => [key])(`${before} ${spelled} ${behind}`);
          // The inner part of a spelling in base64 is what depends on the secret alone.
          return !clean.includes(spelled) && !clean.includes(spelled.slice(4, -4));
        },
      ),
    );
  });

  it('does not show a confidential text, in full, in JSON, or only its beginning', () => {
    const words = 'a portrait of "Jane",\nwho never agreed to it, in the style of a passport photograph';
    const redacted = (text: string) => redact(text, [words]);

    expect(redacted(`no: ${words}!`)).toBe('no: […]!');
    expect(redacted(`{"prompt":${JSON.stringify(words)}}`)).toBe('{"prompt":"[…]"}');
    expect(redacted(`refused: ${words.slice(0, 50)}…`)).toBe('refused: […]…');
  });

  it('shows no signature or user name of a link, and nothing that looks like a key', () => {
    expect(redact('see https://u:p@h.example/a?X-Sig=abc#d now')).toBe('see https://h.example/a?… now');
    expect(redact('used hf_abcdefghijklmnopqrst and AIzaSyA-1234567890abcdefghij')).toBe(
      'used [redacted] and [redacted]',
    );
  });

  it('ignores a secret of three letters, because it would match ordinary words', () => {
    expect(createRedactor(() => ['the'])('the answer')).toBe('the answer');
  });

  it('redacts tokens that were renewed in the meantime', () => {
    let token = 'first-token-1234';
    const withTokens = createRedactor(() => [token]);
    token = 'second-token-5678';

    expect(withTokens('bad second-token-5678')).toBe('bad [redacted]');
  });

  it('has at most 300 characters', () => {
    expect(redact('x'.repeat(100_000))).toHaveLength(300);
    expect(redact('x'.repeat(301))).toHaveLength(300);
    expect(redact('x'.repeat(300))).toBe('x'.repeat(300));
  });
});

/** What a server can do to a text that it repeats. */
const SPELLINGS: readonly (readonly [how: string, spell: (text: string) => string])[] = [
  ['as it is', (text) => text],
  ['in capitals', (text) => text.toUpperCase()],
  ['in a URL', encodeURIComponent],
  ['in a URL, each character', (text) => Buffer.from(text).toString('hex').replace(/../g, '%$&')],
  ['in a URL twice', (text) => encodeURIComponent(encodeURIComponent(text))],
  ['in a form', (text) => new URLSearchParams({ text }).toString().slice('text='.length)],
  ['in JSON', (text) => JSON.stringify(text)],
  ['in JSON in JSON', (text) => JSON.stringify(JSON.stringify({ text }))],
  [
    'in JSON, each character',
    (text) => text.replace(/[\s\S]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  ],
  ['in JSON that escapes slashes', (text) => JSON.stringify(text).replaceAll('/', '\\/')],
  ['in HTML', (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)],
  ['in HTML, by names', (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')],
  ...[0, 1, 2].map((offset) => {
    const spell = (text: string) => Buffer.from(`${'x'.repeat(offset)}${text}~~`).toString('base64');
    return [`in base64 with ${offset} bytes before it`, spell] as const;
  }),
  ['in base64, in lines', (text) => Buffer.from(`....${text}`).toString('base64').replace(/.{20}/g, '$&\r\n')],
  ['in base64url', (text) => Buffer.from(text).toString('base64url')],
  ['in base64 in a URL', (text) => encodeURIComponent(Buffer.from(text).toString('base64'))],
  ['as basic authorization', (text) => `Basic ${Buffer.from(`${text}:`).toString('base64')}`],
  ['in hexadecimals', (text) => Buffer.from(text).toString('hex')],
  ['in hexadecimals, in capitals', (text) => Buffer.from(text).toString('hex').toUpperCase()],
  ['in hexadecimals, cut in a byte', (text) => `7${Buffer.from(text).toString('hex')}`],
  ...['\u200b', '\u200c', '\u200d', '\ufeff', '\u00ad'].map((sign) => {
    const spell = (text: string) => [...text].join(sign);
    return [`with U+${sign.charCodeAt(0).toString(16).padStart(4, '0')} between the letters`, spell] as const;
  }),
  ['with zero-width spaces, in JSON', (text) => JSON.stringify([...text].join('\\u200b'))],
  ['in base64 with zero-width spaces', (text) => [...Buffer.from(text).toString('base64')].join('\u200b')],
  [
    'in full-width letters',
    (text) => text.replace(/[!-~]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)),
  ],
  ['in base64 of JSON', (text) => Buffer.from(JSON.stringify({ text })).toString('base64')],
];

/** What somebody who looks for `part` in a text would try, independently of how it was redacted. */
function shows(text: string, part: string): boolean {
  const decodings = [text, text.normalize('NFKC').replace(/\p{Cf}/gu, '')];
  for (let round = 0; round < 2; round++) {
    for (const each of [...decodings]) {
      decodings.push(
        each.replace(/(?:%[0-9a-f]{2})+/gi, (hex) => Buffer.from(hex.replaceAll('%', ''), 'hex').toString()),
      );
      decodings.push(
        each
          .replace(/\\u([0-9a-f]{4})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
          .replace(/\\(["\\/])/g, '$1'),
      );
      decodings.push(each.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))));
    }
  }
  for (const each of [...new Set(decodings)]) {
    for (const run of each.match(/[\da-f]{8,}/gi) ?? [])
      for (const offset of [0, 1]) decodings.push(Buffer.from(run.slice(offset), 'hex').toString('latin1'));
    for (const run of each.replace(/[\r\n]/g, '').match(/[\w+/-]{8,}/g) ?? [])
      for (const offset of [0, 1, 2, 3]) decodings.push(Buffer.from(run.slice(offset), 'base64').toString('latin1'));
  }
  return decodings.some((each) => each.toLowerCase().includes(part.toLowerCase()));
}

const partsOf = (text: string, length: number) =>
  Array.from({ length: Math.max(text.length - length + 1, 1) }, (_, at) => text.slice(at, at + length));

describe('a composite key', () => {
  const id = '3f2a9c1e-7b44-4d0c-9e21-aa10bb20cc30';
  const secret = 'b7d1f0e2c3a4958677665544332211ff';
  const composite = createRedactor(() => [`${id}:${secret}`]);

  it.each(SPELLINGS)('is not shown %s, in full or in part', (_how, spell) => {
    for (const shown of [`${id}:${secret}`, id, secret, `${secret}:`, `:${id}`]) {
      const clean = composite(`no such key: ${spell(shown)} (denied)`);
      expect(clean).toContain('no such key');
      for (const part of [...partsOf(id, 7), ...partsOf(secret, 7)]) expect(shows(clean, part)).toBe(false);
    }
  });

  it('is found in base64 after bytes that are not text', () => {
    for (const before of [[0xc3], [0xf0, 0x9f], [0xff], [0, 0xe2, 0x82]]) {
      const bytes = Buffer.concat([Buffer.from(before), Buffer.from(secret.slice(0, 7)), Buffer.from([0xff])]);
      expect(shows(composite(`x ${bytes.toString('base64')} y`), secret.slice(0, 7))).toBe(false);
    }
  });

  it('does not show its short parts', () => {
    expect(createRedactor(() => ['id42:s3cr']).call(undefined, 'user id42, word s3cr')).toBe(
      'user [redacted], word [redacted]',
    );
  });

  it('a composite key in PEM format shows no line of its private key, and keeps its first line', () => {
    const lines = ['MIIEvQIBADANBgkqhkiG9w0BAQEF', 'AASCBKcwggSjAgEAAoIBAQC7VJTU'];
    const pem = `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
    const clean = createRedactor(() => [pem])(`not a PRIVATE KEY: ${JSON.stringify(pem)} ${lines[1]?.slice(5, 17)}`);

    expect(clean).toContain('not a PRIVATE KEY');
    for (const line of lines) for (const part of partsOf(line, 7)) expect(clean).not.toContain(part);
  });
});

describe('any part of a key that has seven characters or more', () => {
  /** The escapes of one language look like part of the secret in another. */
  it.each([
    ['&\\/!!!!', 'in HTML'],
    ['a&\\u0041b!', 'in HTML, by names'],
    ['%41\\b&lt;x', 'in JSON'],
    ['\\n&amp;%25', 'in a URL twice'],
    ['"&#38;\\\\%', 'in JSON in JSON'],
  ])('is not shown if the key looks like an escape: %s, %s', (key, how) => {
    const [, spell] = SPELLINGS.find(([name]) => name === how)!;
    const clean = createRedactor(() => [key])(`no such key: ${spell(key)} (denied)`);

    expect(clean).toContain('no such key');
    expect(clean).toContain('[redacted]');
    expect(shows(clean, key.slice(0, 7))).toBe(false);
  });

  it('is not shown, at any cut and in any spelling', () => {
    const sign = fc.constantFrom(
      '&',
      '\\',
      '/',
      '%',
      '"',
      '<',
      'amp;',
      '#38;',
      '%25',
      '\\u0026',
      '\\n',
      'u005c',
      'a',
      '!',
    );
    const key = fc.oneof(
      fc.stringMatching(/^[!-~]{7,80}$/),
      fc.array(sign, { minLength: 7, maxLength: 20 }).map((signs) => signs.join('')),
    );
    const cut = fc.tuple(fc.nat(70), fc.integer({ min: 7, max: 80 }));
    const words = fc.string({ maxLength: 40 });
    fc.assert(
      fc.property(key, cut, fc.constantFrom(...SPELLINGS), words, words, (whole, [from, length], [, spell], a, b) => {
        const start = Math.min(from, whole.length - 7);
        const part = whole.slice(start, start + length);
        const clean = createRedactor(() => [whole])(`${a} ${spell(part)} ${b}`);
        return !partsOf(part, 7).some((each) => shows(clean, each));
      }),
      { numRuns: 400 },
    );
  });
});

describe('a confidential text', () => {
  const words = 'Ein Porträt von "Jane & Ko." <ohne Brille>,\nim Stil eines Passfotos; 50 % heller / 3/4 🦊 von links';
  const redacted = (text: string) => redact(text, [words]);
  /** Letters and digits alone, as whoever reads it would know it again. */
  const bare = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  const pieces = ['PorträtvonJaneKo', 'imStileinesPass', 'Fotos50hel'].map((each) => each.toLowerCase());

  it.each(SPELLINGS)('is not shown %s, in full or cut at either end', (_how, spell) => {
    for (const part of [words, words.slice(0, 45), words.slice(11), words.slice(6, 60)]) {
      const clean = redacted(`refused because of ${spell(part)} (policy)`);
      expect(clean).toContain('refused because of');
      for (const piece of pieces) {
        expect(bare(clean)).not.toContain(piece);
        expect(shows(clean, piece)).toBe(false);
      }
      expect(shows(clean, 'ohne brille')).toBe(false);
    }
  });

  it('is found by any part of twelve letters', () => {
    const text = fc.stringMatching(/^[a-z]{20,300}$/);
    fc.assert(
      fc.property(text, fc.nat(280), fc.constantFrom(...SPELLINGS), (prompt, from, [, spell]) => {
        const part = prompt.slice(Math.min(from, prompt.length - 12));
        return !shows(redact(`no: ${spell(part)}!`, [prompt]), part.slice(0, 12));
      }),
      { numRuns: 300 },
    );
  });

  it('does not affect the server’s own message', () => {
    expect(redact('the size must be one of 1024x1024, 512x512', ['a size of one house, and a fox'])).toBe(
      'the size must be one of 1024x1024, 512x512',
    );
  });

  it('is found if it has 170,000 characters', () => {
    const long = Array.from({ length: 20_000 }, (_, at) => `word${at}`).join(' ');

    expect(redact(`no: ${long.slice(50_001, 50_200)}`, [long])).toBe('no: […]');
  });
});

describe('the copy of a foreign error', () => {
  it('keeps names, codes and messages of the whole cause chain, and no other properties', () => {
    const inner = Object.assign(new Error(`read ${KEY}`), { code: 'ECONNRESET', request: { authorization: KEY } });
    const copy = copyCause(new TypeError('fetch failed', { cause: inner }), redact);

    expect(copy).toMatchObject({ name: 'TypeError', message: 'fetch failed', cause: { code: 'ECONNRESET' } });
    expect(inspect(copy, { depth: 9, showHidden: true })).not.toContain(KEY);
  });
});
