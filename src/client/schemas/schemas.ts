/** The schemas of all routes, and the types that follow from them. The client uses only the types, so that it needs no schema library. */
import type * as z from 'zod/mini';
import type { RouteName } from '../routes.ts';
import { GENERATE_SCHEMAS } from './generate.ts';
import { IMAGE_SCHEMAS } from './images.ts';
import { JOB_SCHEMAS } from './jobs.ts';
import type { RouteSchemas } from './route-schemas.ts';
import { RUN_SCHEMAS } from './runs.ts';
import { SERVER_SCHEMAS } from './server.ts';

export const SCHEMAS = {
  ...GENERATE_SCHEMAS,
  ...RUN_SCHEMAS,
  ...JOB_SCHEMAS,
  ...IMAGE_SCHEMAS,
  ...SERVER_SCHEMAS,
} satisfies Readonly<Record<RouteName, RouteSchemas>>;

type SchemasOf = typeof SCHEMAS;

/** The fields of one part of a request: path, query or body. None where the route has no such part, or an empty one. */
export type RoutePart<Name extends RouteName, Part extends 'path' | 'query' | 'body'> = SchemasOf[Name] extends {
  readonly [Key in Part]: infer Schema extends z.ZodMiniType;
}
  ? string extends keyof z.input<Schema>
    ? unknown
    : z.input<Schema>
  : unknown;

/** All fields of a request: those of its path, its query and its body. */
export type RouteInput<Name extends RouteName> = RoutePart<Name, 'path'> &
  RoutePart<Name, 'query'> &
  RoutePart<Name, 'body'>;

/** The JSON answer of a route, or one event of its stream. */
export type RouteAnswer<Name extends RouteName> = z.output<SchemasOf[Name]['answer']>;
