/** Checks for unknown keys of an options object, with a suggestion for a misspelled one. */
import { keyForOtherName } from './other-names.ts';
import { suggest } from './suggest.ts';

/** @returns the first key of `value` that holds something and is not in `known` */
export function findUnknownKey(value: object, known: readonly string[]): string | undefined {
  return Object.entries(value).find(([key, each]) => each !== undefined && !known.includes(key))?.[0];
}

/** @returns `Did you mean …?` for a misspelled key, or for one that has this name in other libraries */
export function suggestKey(key: string, known: readonly string[]): string | undefined {
  const other = keyForOtherName(key, known);
  return other === undefined ? suggest(key, known) : `Did you mean ${other}?`;
}

/**
 * The hint for an unknown key: `Did you mean size?`, or all known keys if none is similar.
 * @param plural what the keys are called, e.g. `settings`
 */
export function unknownKeyHint(key: string, known: readonly string[], plural: string): string {
  return suggestKey(key, known) ?? `Known ${plural}: ${known.join(', ')}.`;
}
