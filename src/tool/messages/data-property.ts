/** Reads values of unknown origin without running their code: accessors are not called. */

/** @returns `undefined` for an accessor, an inherited property, and a proxy that fails */
export function dataProperty(value: object, name: string): unknown {
  try {
    return Object.getOwnPropertyDescriptor(value, name)?.value;
  } catch {
    return undefined; // a proxy may throw anything
  }
}

export function textProperty(value: object, names: readonly string[]): string | undefined {
  for (const name of names) {
    const text = dataProperty(value, name);
    if (typeof text === 'string') return text;
  }
  return undefined;
}
