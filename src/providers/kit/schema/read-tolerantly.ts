/**
 * Parses vendor replies tolerantly: an optional field that does not match its schema is left out, so that it cannot cost an image. This
 * applies to all schemas of all adapters. Only required fields can make a reply unreadable: the id of a job, the link or bytes of an image.
 */
import type * as z from 'zod/mini';
import type { Issue } from '../../protocol/input/issue.ts';
import { schemaDefinitionOf } from './schema-definition.ts';

export type TolerantResult<T> =
  /** `ignored`: paths of fields with a value that were left out, e.g. `usage.input_tokens`. */
  | { readonly ok: true; readonly data: T; readonly ignored: readonly string[] }
  /** A required field is missing or invalid. */
  | { readonly ok: false; readonly issue: Issue };

export function readTolerantly<T extends z.ZodMiniType>(schema: T, value: unknown): TolerantResult<z.output<T>> {
  const strict = schema.safeParse(value);
  if (strict.success) return { ok: true, data: strict.data, ignored: [] };
  const repaired = repair(schema, value, { path: '', isOptional: false });
  const parsed = schema.safeParse(repaired.value);
  return parsed.success
    ? { ok: true, data: parsed.data, ignored: [...new Set(repaired.ignored)] }
    : { ok: false, issue: strict.error.issues[0] as Issue };
}

interface Repaired {
  readonly value: unknown;
  readonly ignored: readonly string[];
}

interface Position {
  readonly path: string;
  /** The field is optional, so its value need not be converted. */
  readonly isOptional: boolean;
}

const fits = (schema: z.ZodMiniType, value: unknown): boolean => schema.safeParse(value).success;

/** Leaves out everything that does not match the schema, as far as possible. */
function repair(schema: z.ZodMiniType, value: unknown, place: Position): Repaired {
  if (fits(schema, value)) return { value, ignored: [] };
  const definition = schemaDefinitionOf(schema);
  switch (definition.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
      return repairOptional(schema, definition.innerType, value, place);
    case 'object':
      return repairObject(definition.shape ?? {}, value, place);
    case 'array':
      return repairArray(definition.element, value, place);
    case 'record':
      return repairRecord(definition.valueType, value, place);
    case 'union':
      return repairUnion(definition.options ?? [], value, place);
    case 'pipe':
      return definition.in === undefined ? unchanged(value) : repair(definition.in, value, place);
    case 'lazy':
      return definition.getter === undefined ? unchanged(value) : repair(definition.getter(), value, place);
    case 'number':
      return unchanged(toNumber(value));
    case 'boolean':
      return unchanged(toBoolean(value));
    case 'string':
      return unchanged(place.isOptional ? value : toText(value));
    default:
      return unchanged(value);
  }
}

const unchanged = (value: unknown): Repaired => ({ value, ignored: [] });

function repairOptional(
  schema: z.ZodMiniType,
  inner: z.ZodMiniType | undefined,
  value: unknown,
  place: Position,
): Repaired {
  if (inner !== undefined) {
    const repaired = repair(inner, value, { ...place, isOptional: true });
    if (fits(inner, repaired.value)) return repaired;
  }
  return { value: fits(schema, undefined) ? undefined : null, ignored: isEmpty(value) ? [] : [place.path] };
}

function repairObject(shape: Readonly<Record<string, z.ZodMiniType>>, value: unknown, place: Position): Repaired {
  if (!isRecord(value)) return unchanged(value);
  const fields = Object.entries(shape).map(
    ([key, child]) => [key, repair(child, value[key], below(place, key))] as const,
  );
  const known = fields.filter(([key]) => key in value).map(([key, repaired]) => [key, repaired.value] as const);
  return { value: { ...value, ...Object.fromEntries(known) }, ignored: fields.flatMap(([, { ignored }]) => ignored) };
}

/** Removes elements that cannot be read. If positions matter, the schema must allow null elements. */
function repairArray(element: z.ZodMiniType | undefined, value: unknown, place: Position): Repaired {
  if (!Array.isArray(value) || element === undefined) return unchanged(value);
  return repairEntries(
    value.map((each, at) => [String(at), each] as const),
    element,
    place,
    (kept) => kept.map(([, each]) => each),
  );
}

function repairRecord(schema: z.ZodMiniType | undefined, value: unknown, place: Position): Repaired {
  if (!isRecord(value) || schema === undefined) return unchanged(value);
  return repairEntries(Object.entries(value), schema, place, (kept) => Object.fromEntries(kept));
}

type Entries = readonly (readonly [key: string, value: unknown])[];

function repairEntries(
  entries: Entries,
  schema: z.ZodMiniType,
  place: Position,
  join: (kept: Entries) => unknown,
): Repaired {
  const kept: (readonly [string, unknown])[] = [];
  const ignored: string[] = [];
  for (const [key, each] of entries) {
    const inside = { ...below(place, key), isOptional: false };
    const repaired = repair(schema, each, inside);
    if (fits(schema, repaired.value)) {
      kept.push([key, repaired.value]);
      ignored.push(...repaired.ignored);
    } else if (!isEmpty(each)) ignored.push(inside.path);
  }
  return { value: join(kept), ignored };
}

/** Chooses the matching option that loses the fewest fields. */
function repairUnion(options: readonly z.ZodMiniType[], value: unknown, place: Position): Repaired {
  const candidates = options
    .map((option) => ({ option, repaired: repair(option, value, place) }))
    .filter(({ option, repaired }) => fits(option, repaired.value))
    .sort((one, other) => one.repaired.ignored.length - other.repaired.ignored.length);
  return candidates[0]?.repaired ?? unchanged(value);
}

const below = ({ path }: Position, key: string): Position => ({
  path: path === '' ? key : `${path}.${key}`,
  isOptional: false,
});

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** Empty values: leaving them out loses nothing. */
function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

const PLAIN_NUMBER = /^[+-]?\d{1,30}(?:\.\d{1,30})?$/;

function toNumber(value: unknown): unknown {
  return typeof value === 'string' && PLAIN_NUMBER.test(value.trim()) ? Number(value) : value;
}

function toBoolean(value: unknown): unknown {
  if (value === 'true') return true;
  return value === 'false' ? false : value;
}

/** Only for required texts: an id may be written as a number. */
function toText(value: unknown): unknown {
  return Number.isSafeInteger(value) ? String(value) : value;
}
