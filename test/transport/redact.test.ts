import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyCause, createRedactor } from '../../src/transport/redact.ts';

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
  ])('does not show a secret that stands in it %s', (_how, spelling) => {
    const clean = redact(`before ${spelling} behind`);

    expect(clean).toContain('[redacted]');
    expect(clean).toMatch(/^before .*behind$/);
    expect(clean.toLowerCase()).not.toContain(spelling.slice(4, 18).toLowerCase());
  });

  it('does not show a secret at any place of any text, in any of these spellings', () => {
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

  it('does not show the words of a person, whole, in JSON, or by their beginning', () => {
    const words = 'a portrait of "Jane",\nwho never agreed to it, in the style of a passport photograph';
    const told = (text: string) => redact(text, [words]);

    expect(told(`no: ${words}!`)).toBe('no: […]!');
    expect(told(`{"prompt":${JSON.stringify(words)}}`)).toBe('{"prompt":"[…]"}');
    expect(told(`refused: ${words.slice(0, 50)}…`)).toBe('refused: […]…');
  });

  it('shows no signature of a link, no user in it, and nothing that looks like a key', () => {
    expect(redact('see https://u:p@h.example/a?X-Sig=abc#d now')).toBe('see https://h.example/a?… now');
    expect(redact('used hf_abcdefghijklmnopqrst and AIzaSyA-1234567890abcdefghij')).toBe(
      'used [redacted] and [redacted]',
    );
  });

  it('leaves a word of three letters alone, since blacking it out would hide everything', () => {
    expect(createRedactor(() => ['the'])('the answer')).toBe('the answer');
  });

  it('knows tokens that were renewed in the meantime', () => {
    let token = 'first-token-1234';
    const withTokens = createRedactor(() => [token]);
    token = 'second-token-5678';

    expect(withTokens('bad second-token-5678')).toBe('bad [redacted]');
  });

  it('is short', () => {
    expect(redact('x'.repeat(100_000)).length).toBeLessThan(700);
  });
});

describe('the copy of a foreign error', () => {
  it('keeps names, codes and words down the chain, and nothing the errors held', () => {
    const inner = Object.assign(new Error(`read ${KEY}`), { code: 'ECONNRESET', request: { authorization: KEY } });
    const copy = copyCause(new TypeError('fetch failed', { cause: inner }), redact);

    expect(copy).toMatchObject({ name: 'TypeError', message: 'fetch failed', cause: { code: 'ECONNRESET' } });
    expect(inspect(copy, { depth: 9, showHidden: true })).not.toContain(KEY);
  });
});
