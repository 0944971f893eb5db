import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteSegments, SLACK_DIVISOR } from '../../../src/transport/body/byte-segments.ts';
import { cut } from './pieces.ts';

function collect(bytes: Uint8Array, expected: number | undefined, lengths: readonly number[] = [65_536]) {
  const segments = new ByteSegments(expected);
  for (const chunk of cut(bytes, lengths)) segments.append(chunk);
  return segments.join();
}

/** What follows the bytes in their buffer. */
const slackOf = ({ buffer, byteOffset, length }: Uint8Array) => new Uint8Array(buffer, byteOffset + length);

describe('collecting bytes', () => {
  it('returns the same bytes for any estimate and chunks, followed by at most a few zeros', () => {
    const length = fc.integer({ min: 0, max: 400_000 });
    const lengths = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 5 });
    const off = fc.oneof(fc.integer({ min: -3000, max: 3000 }), fc.integer({ min: -400_000, max: 400_000 }));
    fc.assert(
      fc.property(length, off, lengths, (length, off, lengths) => {
        const bytes = randomBytes(length);
        const collected = collect(bytes, Math.max(length + off, 0), lengths);
        expect(Buffer.compare(collected, bytes)).toBe(0);
        expect(collected.byteOffset).toBe(0);
        const slack = slackOf(collected);
        expect(slack.length).toBeLessThanOrEqual(length / SLACK_DIVISOR);
        expect(slack.every((byte) => byte === 0)).toBe(true);
      }),
    );
  });

  it('returns its own buffer if the estimate was slightly too large', () => {
    const bytes = randomBytes(1_000_000);
    expect(collect(bytes, 1_000_000).buffer.byteLength).toBe(1_000_000);
    expect(collect(bytes, 1_000_300).buffer.byteLength).toBe(1_000_300);
  });

  it('returns a buffer of exactly their length if the estimate was much too large, too small or missing', () => {
    const bytes = randomBytes(1_000_000);
    for (const expected of [1_015_626, 4_000_000, 999_999, 3, undefined]) {
      expect(collect(bytes, expected).buffer.byteLength).toBe(1_000_000);
    }
  });

  it('trusts an estimate only after part of it has arrived', () => {
    const segments = new ByteSegments(64_000_000);
    segments.append(new Uint8Array(999_999));
    expect(segments.target().segment.length).toBeLessThan(1_000_000);
    segments.append(new Uint8Array(segments.freeBytes()));
    expect(segments.target()).toMatchObject({ segment: { length: 64_000_000 }, offset: segments.length });
  });

  it('frees what it copied from, and keeps no reference to what it returned', () => {
    const segments = new ByteSegments(500_000);
    const { segment: first } = segments.target();
    segments.append(randomBytes(499_000));
    const { segment: whole } = segments.target();
    expect(segments.join().length).toBe(499_000);
    expect([first.length, whole.length]).toEqual([0, 0]);
  });
});
