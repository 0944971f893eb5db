/**
 * Checks the names and the kinds of the fields of an options object against one table. Written by hand, so that creating a provider or a
 * manager loads no schema library.
 */
import { describeKind, quoteName } from './hide-keys.ts';
import { misplacedKeyHint } from './misplaced-key.ts';
import { findUnknownKey, unknownKeyHint } from './unknown-key.ts';

/** What a field may hold besides `undefined`. A list of names: an object with these methods. `any`: checked elsewhere. */
export type FieldKind = keyof typeof KINDS | readonly string[];

/** The kind of every field of an object type. One that is missing in the table is a type error, also when the type gets another field. */
export type FieldKinds<T> = Readonly<Record<keyof Required<T>, FieldKind>>;

export interface FieldFault {
  /** E.g. `setting budget must be an object, not null`. Names the kind of what was given, never the value. */
  readonly what: string;
  readonly hint: string;
}

export interface CheckFieldsOptions {
  /** What the whole object is called, e.g. `the settings`. */
  readonly whole: string;
  /** What one field is called, e.g. `setting`. */
  readonly field: string;
  /** Names the object within a larger one, e.g. `budget.` @default '' */
  readonly path?: string;
  /** Hints for the wrong kind of a field, by name. */
  readonly hints?: Readonly<Record<string, string>>;
  /** Says of an unknown field where in a call it belongs, e.g. in the request. @default false */
  readonly knowsCalls?: boolean;
  /** The object is read in place and never copied, so that inherited fields count. @default false */
  readonly mayInherit?: boolean;
}

const isText = (value: unknown): boolean => typeof value === 'string';

const KINDS = {
  any: { isValid: () => true, name: '' },
  text: { isValid: isText, name: 'a text' },
  texts: { isValid: (value: unknown) => Array.isArray(value) && value.every(isText), name: 'a list of texts' },
  number: { isValid: (value: unknown) => typeof value === 'number' && !Number.isNaN(value), name: 'a number' },
  flag: { isValid: (value: unknown) => typeof value === 'boolean', name: 'true or false' },
  function: { isValid: (value: unknown) => typeof value === 'function', name: 'a function' },
  list: { isValid: Array.isArray, name: 'a list' },
  object: { isValid: isFieldObject, name: 'an object' },
} as const;

/** An object with fields. Not a list, a `Map` or `Headers`, whose entries are no fields and would be lost. */
export function isFieldObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !(Symbol.iterator in value);
}

/** @returns the first fault of the object; undefined if it has none. `undefined` in a field counts as absent */
export function findFieldFault<T>(
  value: unknown,
  kinds: FieldKinds<T>,
  { whole, field, path = '', hints = {}, knowsCalls = false, mayInherit = false }: CheckFieldsOptions,
): FieldFault | undefined {
  if (!isFieldObject(value)) return wholeFault(value, path === '' ? whole : `${field} ${path.slice(0, -1)}`);
  const table = kinds as Readonly<Record<string, FieldKind>>;
  const known = Object.keys(table);
  const unknown = findUnknownKey(value, known);
  if (unknown !== undefined) {
    const hint =
      (knowsCalls ? misplacedKeyHint(unknown, known) : undefined) ?? unknownKeyHint(unknown, known, `${field}s`);
    return { what: `unknown ${field} ${quoteName(`${path}${unknown.slice(0, 40)}`, 100)}`, hint };
  }
  const inherited = mayInherit ? undefined : findInherited(value, known);
  if (inherited !== undefined) return inheritedFault(`${field} ${path}${inherited}`, whole);
  for (const name of known) {
    const fault = value[name] === undefined ? undefined : kindFault(value[name], table[name]!);
    if (fault !== undefined) {
      return {
        what: `${field} ${path}${name} must be ${fault}`,
        hint: hints[name] ?? `Pass ${fault.split(',')[0]}, or leave ${name} out.`,
      };
    }
  }
  return undefined;
}

/** The fault of something that has no fields at all. */
export function wholeFault(value: unknown, whole: string): FieldFault {
  const isIterable = typeof value === 'object' && value !== null && !Array.isArray(value);
  const hint = isIterable ? 'Pass a plain object with the same entries.' : 'Pass a plain object.';
  return { what: `${whole} must be an object, not ${describeKind(value)}`, hint };
}

export function inheritedFault(what: string, whole: string): FieldFault {
  return { what: `${what} is inherited, and would be lost in a copy of ${whole}`, hint: 'Pass a plain object.' };
}

/** Returns a field that holds something and is not the object's own: one of the known ones, or an enumerable one of a prototype. */
export function findInherited(value: object, known: readonly string[]): string | undefined {
  const holds = (name: string) =>
    !Object.hasOwn(value, name) && (value as Readonly<Record<string, unknown>>)[name] !== undefined;
  const named = known.find(holds);
  if (named !== undefined) return named;
  for (let from = Object.getPrototypeOf(value); from !== null; from = Object.getPrototypeOf(from)) {
    if (Object.getPrototypeOf(from) === null) return undefined; // what all objects inherit
    const found = Object.keys(from).find(holds);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @returns what the value must be and is, e.g. `a text, not a number`; undefined if it is right */
function kindFault(value: unknown, kind: FieldKind): string | undefined {
  if (typeof kind !== 'string') {
    const methods = (value ?? {}) as Readonly<Record<string, unknown>>;
    const has = kind.every((name) => typeof methods[name] === 'function');
    return has ? undefined : `an object with the methods ${kind.join(', ')}, not ${describeGiven(value)}`;
  }
  const { isValid, name } = KINDS[kind];
  return isValid(value) ? undefined : `${name}, not ${describeGiven(value)}`;
}

const describeGiven = (value: unknown): string => (Number.isNaN(value) ? 'NaN' : describeKind(value));
