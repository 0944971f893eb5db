/**
 * Whether a value is an error of this realm or of another one. In Jest, code runs in a realm of its own, and the errors of `fetch` come
 * from outside of it, so `instanceof Error` does not find them. To be replaced by `Error.isError`, which Node has since version 24.
 */
export function isError(value: unknown): value is Error {
  return (
    value instanceof Error ||
    (Object.prototype.toString.call(value) === '[object Error]' && typeof (value as Error).message === 'string')
  );
}
