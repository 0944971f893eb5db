/** Reads the fields of a request and checks them with the schemas of its route. */
import * as z from 'zod/mini';
import type { RouteSchemas } from '../../../../client/schemas/route-schemas.ts';
import { HttpFault } from '../../http/http-fault.ts';
import { readJsonBody } from '../../http/read-body.ts';
import type { ServerRequest } from '../../http/server-context.ts';
import { fieldFault, inputFault } from './input-fault.ts';

export interface CheckedInput {
  /** The fields of path, query and body. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The body as it was sent. Empty without one. */
  readonly bodyBytes: Uint8Array<ArrayBuffer>;
}

export type ReadInput = (c: ServerRequest) => Promise<CheckedInput>;

/** @param maxBodyBytes a larger body is refused */
export function createInputReader(schemas: RouteSchemas, maxBodyBytes: number): ReadInput {
  const { path, query = z.strictObject({}), body } = schemas;
  // Only when a request has a query: converting the schemas of all routes would delay the first request.
  let queryTypes: ReturnType<typeof typesOf> | undefined;
  return async (c) => {
    const inPath = path === undefined ? {} : readPath(path, c.req.param());
    const given = new URL(c.req.url).searchParams;
    if (given.size > 0) queryTypes ??= typesOf(query);
    const inQuery = checked(query, readQuery(given, queryTypes ?? {}), 'query parameter');
    if (body === undefined) return { fields: { ...inPath, ...inQuery }, bodyBytes: new Uint8Array() };
    const { value, bytes } = isEmptyBody(c) && isOptional(body) ? NO_BODY : await readJsonBody(c, maxBodyBytes);
    return { fields: { ...inPath, ...inQuery, ...checked(body, value, 'field') }, bodyBytes: bytes };
  };
}

const NO_BODY = { value: {}, bytes: new Uint8Array() } as const;

const isEmptyBody = (c: ServerRequest): boolean =>
  c.req.header('transfer-encoding') === undefined && Number(c.req.header('content-length') ?? 0) === 0;

const isOptional = (schema: z.ZodMiniObject): boolean => schema.safeParse({}).success;

/** Another text than an id leads to no record. */
function readPath(schema: z.ZodMiniObject, given: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new HttpFault(404, 'not_found', 'There is nothing with this id.', { param: 'id' });
}

/** @throws HttpFault 400 */
function checked(schema: z.ZodMiniObject, value: unknown, part: string): Readonly<Record<string, unknown>> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw inputFault(parsed.error.issues, Object.keys(schema.shape), part);
}

type QueryType = 'number' | 'boolean' | 'text';

/** A query has only texts. Its schema says which of them stand for numbers and booleans. */
function typesOf(query: z.ZodMiniObject): Readonly<Record<string, QueryType>> {
  const { properties = {} } = z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' });
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => {
      const type = typeof schema === 'object' ? schema.type : undefined;
      if (type === 'boolean') return [name, 'boolean'];
      return [name, type === 'number' || type === 'integer' ? 'number' : 'text'];
    }),
  );
}

const NUMBER = /^-?\d{1,15}(?:\.\d{1,9})?$/;
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false, 1: true, 0: false };

/** @throws HttpFault 400: a parameter occurs twice, or has a character that no text has */
function readQuery(given: URLSearchParams, types: Readonly<Record<string, QueryType>>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, text] of given) {
    if (Object.hasOwn(fields, name)) throw fieldFault(name, `\`${name}\` occurs twice in the query. Send it once.`);
    // Databases end a text there, so that a search would find more than was asked for.
    if (text.includes('\0')) throw fieldFault(name, `\`${name}\` has a NUL character (%00) in the query. Remove it.`);
    const type = Object.hasOwn(types, name) ? types[name] : 'text';
    const value =
      type === 'number' && NUMBER.test(text)
        ? Number(text)
        : type === 'boolean' && Object.hasOwn(BOOLEANS, text)
          ? BOOLEANS[text]
          : text;
    Object.defineProperty(fields, name, { value, enumerable: true });
  }
  return fields;
}
