/** Keys are `snake_case` in the file and `camelCase` in the code. */

type Camel<Key extends string> = Key extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : Key;
type CamelKeys<T> = { -readonly [Key in keyof T as Camel<Key & string>]: Exclude<T[Key], undefined | null> };

export const toCamel = (key: string): string =>
  key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
export const toSnake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The first level only: what lies deeper has names that people chose. What was left empty is left out. */
export function camelKeys<T extends object>(given: T): CamelKeys<T> {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(entries.map(([key, value]) => [toCamel(key), value])) as CamelKeys<T>;
}
