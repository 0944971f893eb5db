import { describe, expect, it } from 'vitest';
import * as node from '../../../src/transport/platform/node.ts';
import * as web from '../../../src/transport/platform/web.ts';

describe.each([
  ['node', node],
  ['web', web],
])('bytes made young again on the platform %s', (_, { rejuvenate }) => {
  it('are the same part of a buffer of the same length', () => {
    const young = rejuvenate(Uint8Array.of(9, 1, 2, 3, 9, 9).subarray(1, 4));
    expect([...young]).toEqual([1, 2, 3]);
    expect([...new Uint8Array(young.buffer)]).toEqual([9, 1, 2, 3, 9, 9]);
  });
});
