/** Converts names between the file (`snake_case`) and the code (`camelCase`). */

type Camel<Key extends string> = Key extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : Key;
type CamelKeys<T> = { -readonly [Key in keyof T as Camel<Key & string>]: Exclude<T[Key], undefined | null> };

export const toCamelCase = (key: string): string =>
  key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
export const toSnakeCase = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Converts the keys of the first level only, because deeper keys are names that users chose. Drops empty values. */
export function camelCaseKeys<T extends object>(given: T): CamelKeys<T> {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(entries.map(([key, value]) => [toCamelCase(key), value])) as CamelKeys<T>;
}
