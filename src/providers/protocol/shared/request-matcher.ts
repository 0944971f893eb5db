/** Tells whether a request is still the one that a plan was made for. Loads with the first plan. */
import { findUnwritable } from './find-unwritable.ts';

/**
 * @param request plain data and bytes. It is copied, except for bytes. `metadata` does not count: it is the caller's own, may hold
 *   anything, and changes neither the prompt nor what is sent
 */
export function requestMatcher(request: object): (other: object) => boolean {
  const fields = withoutMetadata(request);
  // Copying it might never end. Such a request is refused, so no call needs to find its plan.
  if (findUnwritable(fields, 'request') !== undefined) return () => false;
  const copy = copyOf(fields);
  return (other) => isEqual(copy, withoutMetadata(other));
}

function withoutMetadata({ metadata: _, ...request }: { readonly metadata?: unknown }): object {
  return request;
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, copyOf(each)]));
}

/** Compares plain data by content, and everything else (such as bytes) by identity. An undefined field counts as absent. */
function isEqual(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((each, index) => isEqual(each, other[index]));
  }
  if (!isPlain(one) || !isPlain(other)) return Object.is(one, other);
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => isEqual(one[name], other[name]));
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
