import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as node from '../../../src/transport/platform/node.ts';
import * as web from '../../../src/transport/platform/web.ts';

const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

describe.each([
  ['node', node],
  ['web', web],
])('base64 on the platform %s', (_, { decodeBase64, encodeBase64, indexOfByte }) => {
  it('decodes whole groups at the given offset and writes nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(9), (bytes, offset) => {
        const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
        const target = new Uint8Array(offset + whole.length + 5).fill(7);
        expect(decodeBase64(ascii(encodeBase64(whole)), target, offset)).toBe(whole.length);
        expect(target).toEqual(Uint8Array.of(...Array(offset).fill(7), ...whole, 7, 7, 7, 7, 7));
      }),
    );
  });

  it('decodes part of a larger buffer, longer than one step', () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index * 31);
    const characters = ascii(`##${encodeBase64(bytes)}##`).subarray(2, -2);
    const target = new Uint8Array(300_000);
    expect(decodeBase64(characters, target, 0)).toBe(300_000);
    expect(Buffer.compare(target, bytes)).toBe(0);
  });

  it('B14: the decoder refuses every byte that is not a base64 character, at any position', () => {
    const good = new Set(ascii('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'));
    for (let byte = 0; byte < 256; byte++) {
      for (let at = 0; at < 8; at++) {
        const characters = ascii('AAAAAAAA');
        characters[at] = byte;
        expect(decodeBase64(characters, new Uint8Array(6), 0)).toBe(good.has(byte) ? 6 : -1);
      }
    }
  });

  it('finds a byte at or after an index', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.nat(60), (bytes, from) => {
        expect(indexOfByte(bytes, 5, from)).toBe(bytes.indexOf(5, from));
      }),
    );
  });
});

describe('both platforms', () => {
  it('return the same result for the same characters, valid or not', () => {
    const group = fc.string({
      unit: fc.constantFrom(...'AZaz09+/', '=', '-', '_', ' ', '\n', '\0', 'é'),
      minLength: 4,
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.array(group, { maxLength: 6 }), (groups) => {
        const characters = ascii(groups.join(''));
        const outcomes = [node, web].map(({ decodeBase64 }) => {
          const target = new Uint8Array(18);
          const count = decodeBase64(characters, target, 0);
          return { count, bytes: count < 0 ? undefined : target };
        });
        expect(outcomes[0]).toEqual(outcomes[1]);
      }),
      { numRuns: 2000 },
    );
  });
});
