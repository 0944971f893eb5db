/**
 * Reads what a vendor sent as far as it can be read. A side field that does not fit is left out instead of costing the image: this holds for
 * every schema of every adapter, so a new adapter is tolerant without doing anything. What a schema requires decides what is essential:
 * the id of a job, the link or the bytes of an image.
 */
import type * as z from 'zod/mini';
import type { Issue } from '../../protocol/issue.ts';
import { schemaDefinitionOf } from './schema-definition.ts';

export type Read<T> =
  /** `ignored`: the paths of fields that held something and were left out, e.g. `usage.input_tokens`. */
  | { readonly ok: true; readonly data: T; readonly ignored: readonly string[] }
  /** Something essential is missing. */
  | { readonly ok: false; readonly issue: Issue };

export function readTolerantly<T extends z.ZodMiniType>(schema: T, value: unknown): Read<z.output<T>> {
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

interface Place {
  readonly path: string;
  /** The field may be absent, so nothing has to be made of what stands there. */
  readonly isOptional: boolean;
}

const fits = (schema: z.ZodMiniType, value: unknown): boolean => schema.safeParse(value).success;

/** The value with everything left out that keeps it from fitting, as far as that is possible. */
function repair(schema: z.ZodMiniType, value: unknown, place: Place): Repaired {
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
      return definition.in === undefined ? asItIs(value) : repair(definition.in, value, place);
    case 'lazy':
      return definition.getter === undefined ? asItIs(value) : repair(definition.getter(), value, place);
    case 'number':
      return asItIs(toNumber(value));
    case 'boolean':
      return asItIs(toBoolean(value));
    case 'string':
      return asItIs(place.isOptional ? value : toText(value));
    default:
      return asItIs(value);
  }
}

const asItIs = (value: unknown): Repaired => ({ value, ignored: [] });

function repairOptional(
  schema: z.ZodMiniType,
  inner: z.ZodMiniType | undefined,
  value: unknown,
  place: Place,
): Repaired {
  if (inner !== undefined) {
    const repaired = repair(inner, value, { ...place, isOptional: true });
    if (fits(inner, repaired.value)) return repaired;
  }
  return { value: fits(schema, undefined) ? undefined : null, ignored: isEmpty(value) ? [] : [place.path] };
}

function repairObject(shape: Readonly<Record<string, z.ZodMiniType>>, value: unknown, place: Place): Repaired {
  if (!isRecord(value)) return asItIs(value);
  const fields = Object.entries(shape).map(
    ([key, child]) => [key, repair(child, value[key], below(place, key))] as const,
  );
  const known = fields.filter(([key]) => key in value).map(([key, repaired]) => [key, repaired.value] as const);
  return { value: { ...value, ...Object.fromEntries(known) }, ignored: fields.flatMap(([, { ignored }]) => ignored) };
}

/** An element that cannot be read goes; the others stay. Where positions count, the schema lets elements be null. */
function repairArray(element: z.ZodMiniType | undefined, value: unknown, place: Place): Repaired {
  if (!Array.isArray(value) || element === undefined) return asItIs(value);
  return gather(
    value.map((each, at) => [String(at), each] as const),
    element,
    place,
    (kept) => kept.map(([, each]) => each),
  );
}

function repairRecord(schema: z.ZodMiniType | undefined, value: unknown, place: Place): Repaired {
  if (!isRecord(value) || schema === undefined) return asItIs(value);
  return gather(Object.entries(value), schema, place, (kept) => Object.fromEntries(kept));
}

type Entries = readonly (readonly [key: string, value: unknown])[];

function gather(entries: Entries, schema: z.ZodMiniType, place: Place, join: (kept: Entries) => unknown): Repaired {
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

/** Of the options that can be made to fit, the one that loses least. */
function repairUnion(options: readonly z.ZodMiniType[], value: unknown, place: Place): Repaired {
  const candidates = options
    .map((option) => ({ option, repaired: repair(option, value, place) }))
    .filter(({ option, repaired }) => fits(option, repaired.value))
    .sort((one, other) => one.repaired.ignored.length - other.repaired.ignored.length);
  return candidates[0]?.repaired ?? asItIs(value);
}

const below = ({ path }: Place, key: string): Place => ({
  path: path === '' ? key : `${path}.${key}`,
  isOptional: false,
});

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** Other spellings of "nothing": leaving them out loses nothing. */
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

/** Only where a text is essential: an id that is written as a number is an id. */
function toText(value: unknown): unknown {
  return Number.isSafeInteger(value) ? String(value) : value;
}
