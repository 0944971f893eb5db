/** Collects the values of a flag that may be repeated. Pass it to commander's `option`. */
export const repeatable = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
