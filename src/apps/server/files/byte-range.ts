/** Reads the header `Range` (RFC 9110, section 14). */

export interface ByteRange {
  readonly start: number;
  /** The position of the last byte. */
  readonly end: number;
}

/**
 * @returns undefined: the whole file is the answer, because the header is absent, malformed, or asks for several ranges; `unsatisfiable`:
 *   nothing of the file is in the range
 */
export function readByteRange(header: string | undefined, length: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const count = Math.min(Number(last), length);
    return count === 0 ? 'unsatisfiable' : { start: length - count, end: length - 1 };
  }
  const start = Number(first);
  const end = last === '' ? length - 1 : Math.min(Number(last), length - 1);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= length ? 'unsatisfiable' : { start, end };
}
