/** Writes JSON for PostgreSQL, which refuses NUL and halves of surrogate pairs in it. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'string' ? each.toWellFormed().replaceAll('\0', '\uFFFD') : each,
  );
