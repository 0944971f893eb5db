/** What a route takes and returns, as schemas. Strict where the client writes, plain where the server does. */
import * as z from 'zod/mini';

/** The schemas of one route. A part that is absent takes no field. */
export interface RouteSchemas {
  /** Parameters of the path. */
  readonly path?: z.ZodMiniObject;
  /** Fields of the query, in the types that they stand for: text on the wire is converted before it is checked. */
  readonly query?: z.ZodMiniObject;
  /** The JSON body. */
  readonly body?: z.ZodMiniObject;
  /** The JSON answer, or one event of a stream. */
  readonly answer: z.ZodMiniType;
}

/** A list that its reader does not change. */
export const listOf = <Schema extends z.ZodMiniType>(schema: Schema) => z.readonly(z.array(schema));

/** A whole number from 0. */
export const count = z.int().check(z.minimum(0));

/** For `bytes` and `empty` answers, which have no JSON. */
export const noJson = z.undefined();

export const anyFields = z.record(z.string(), z.unknown());

/** The id of a stored image. */
export const imageId = z
  .string()
  .check(z.regex(/^[\w-]{8,64}$/, { error: 'must be the id of a stored image, such as those of GET /api/images' }));

/** The id of a call or a job. It is looked up, so that any other text leads to 404. */
export const recordId = z.string().check(z.minLength(1), z.maxLength(500));

export const imagePath = z.strictObject({
  /** The id of the image. */
  id: imageId,
});

const TIME = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/** A date or a time. `Date.parse` alone takes almost any text, and February 31 for March 3. */
export const timeText = z.string().check(
  z.refine((text) => TIME.test(text) && !Number.isNaN(Date.parse(text)) && isDay(text.slice(0, 10)), {
    error: 'must be a date or a time (ISO 8601), such as 2026-11-01',
  }),
);

function isDay(day: string): boolean {
  const time = Date.parse(day);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}
