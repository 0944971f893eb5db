/** Finds the part of a request that JSON would drop or change. */

import { describeKind } from '../providers/protocol/input/hide-keys.ts';
import { isPlainObject } from '../providers/protocol/input/is-plain-object.ts';
import { findUnwritable, type UnwritablePart } from '../providers/protocol/shared/find-unwritable.ts';

/** @param name what the caller calls the value, e.g. `request` */
export function findNotJson(value: unknown, name: string): UnwritablePart | undefined {
  // First, because the search below follows every reference.
  return findUnwritable(value, name) ?? findChanged(value, name);
}

function findChanged(value: unknown, path: string): UnwritablePart | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : { field: path, rule: 'must be a finite number' };
    case 'object':
      return value === null ? undefined : findInObject(value, path);
    default:
      return { field: path, rule: `must be JSON, not ${describeKind(value)}` };
  }
}

function findInObject(value: object, path: string): UnwritablePart | undefined {
  if (!Array.isArray(value) && !isPlainObject(value)) {
    return { field: path, rule: `must be JSON, not ${describeKind(value)}` };
  }
  const entries = Array.isArray(value)
    ? Array.from(value, (each: unknown, index) => [String(index), each] as const)
    : Object.entries(value).filter(([, each]) => each !== undefined);
  for (const [key, each] of entries) {
    const found = findChanged(each, `${path}.${/^[\w$-]{1,40}$/.test(key) ? key : '…'}`);
    if (found) return found;
  }
  return undefined;
}
