/** Whether a value is an object with texts as keys, of this or another realm, and not an instance of a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { constructor: made } = value as { readonly constructor?: unknown };
  // Only `Object.prototype`, of any realm, has this method itself. A field may be called `constructor` too.
  const isOfClass = typeof made === 'function' && !Object.hasOwn(made.prototype ?? {}, 'isPrototypeOf');
  return !isOfClass && Object.getOwnPropertySymbols(value).length === 0;
}
