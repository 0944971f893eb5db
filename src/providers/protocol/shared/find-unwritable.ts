/** Finds the part of a caller's value that JSON cannot hold, before anything tries to copy, compare or send the value. */

export interface UnwritablePart {
  /** Where it is, as the caller would write it: `options.input.self`. */
  readonly field: string;
  /** What is required, for a message: `must not contain itself`. */
  readonly rule: string;
}

/** What to do about unwritable options. */
export const OPTIONS_HINT = 'Pass options that JSON can hold: texts, numbers, booleans, arrays and plain objects.';

/** Far deeper than the parameters of any vendor, and far from the end of the stack. */
export const MAX_DEPTH = 100;
/** An object that is shared many times has more values as JSON than in memory. */
export const MAX_VALUES = 100_000;

/** @param name what the caller calls the value, e.g. `options` */
export function findUnwritable(value: unknown, name: string): UnwritablePart | undefined {
  const ancestors: object[] = [];
  let count = 0;
  const find = (each: unknown, path: string): UnwritablePart | undefined => {
    if (++count > MAX_VALUES) return { field: name, rule: `must have at most ${MAX_VALUES} values` };
    if (typeof each === 'bigint') return { field: path, rule: 'must not be a bigint' };
    if (typeof each !== 'object' || each === null || ArrayBuffer.isView(each)) return undefined;
    if (ancestors.includes(each)) return { field: path, rule: 'must not contain itself' };
    if (ancestors.length >= MAX_DEPTH) return { field: name, rule: `must be nested at most ${MAX_DEPTH} levels deep` };
    ancestors.push(each);
    for (const [key, inner] of Object.entries(each)) {
      const found = find(inner, `${path}.${shownKey(key)}`);
      if (found) return found;
    }
    ancestors.pop();
    return undefined;
  };
  return find(value, name);
}

/** Other keys could be private text. */
const shownKey = (key: string): string => (/^[\w$-]{1,40}$/.test(key) ? key : '…');
