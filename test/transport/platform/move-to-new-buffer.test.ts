import { describe, expect, it } from 'vitest';
import * as node from '../../../src/transport/platform/node.ts';
import * as web from '../../../src/transport/platform/web.ts';

describe.each([
  ['node', node],
  ['web', web],
])('bytes moved to a new buffer on the platform %s', (_, { moveToNewBuffer }) => {
  it('have the same content, offset and buffer length', () => {
    const young = moveToNewBuffer(Uint8Array.of(9, 1, 2, 3, 9, 9).subarray(1, 4));
    expect([...young]).toEqual([1, 2, 3]);
    expect([...new Uint8Array(young.buffer)]).toEqual([9, 1, 2, 3, 9, 9]);
  });
});
