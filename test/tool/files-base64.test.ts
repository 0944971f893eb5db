import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { readBase64, toBase64 } from '../../src/tool/files/base64.ts';

it('base64 and base64url are read back, with and without padding', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 50 }), (bytes) => {
      const text = toBase64(bytes);
      expect(readBase64(text, 50)).toEqual(bytes);
      expect(readBase64(text.replace(/=+$/, ''), 50)).toEqual(bytes);
      expect(readBase64(text.replaceAll('+', '-').replaceAll('/', '_'), 50)).toEqual(bytes);
    }),
  );
});

it('other texts are no base64: not a part of them is read', () => {
  for (const text of ['', '=', 'A', 'AAAAA', 'AA A', 'AAA\n', 'AA=A', '====', 'AAA!', 'AAAA====', 'AÀÀA', '@@@@']) {
    expect(readBase64(text, 50), JSON.stringify(text)).toBeUndefined();
  }
});

it('more bytes than allowed are not decoded', () => {
  expect(readBase64(toBase64(new Uint8Array(50)), 50)).toHaveLength(50);
  expect(readBase64(toBase64(new Uint8Array(51)), 50)).toBeUndefined();
});
