/** Checks for unknown keys of an options object, with a suggestion for a misspelled one. */
import { suggest } from './suggest.ts';

/** The keys of an object type. One that is missing in the argument is a type error, also when the type gets another key. */
export const keysOf = <T>(keys: Readonly<Record<keyof T, true>>): readonly string[] => Object.keys(keys);

/** @returns the first key of `value` that holds something and is not in `known` */
export function findUnknownKey(value: object, known: readonly string[]): string | undefined {
  return Object.entries(value).find(([key, each]) => each !== undefined && !known.includes(key))?.[0];
}

/**
 * The hint for an unknown key: `Did you mean size?`, or all known keys if none is similar.
 * @param plural what the keys are called, e.g. `settings`
 */
export function unknownKeyHint(key: string, known: readonly string[], plural: string): string {
  return suggest(key, known) ?? `Known ${plural}: ${known.join(', ')}.`;
}
