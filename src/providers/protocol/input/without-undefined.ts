type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Returns a copy without the keys whose value is `undefined`. */
export function withoutUndefined<T extends object>(value: T): Defined<T> {
  const defined = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(defined) as Defined<T>; // a key that held undefined is optional to its readers
}
