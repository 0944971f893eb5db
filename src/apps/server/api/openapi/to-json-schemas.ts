/** Turns the schemas of the routes into JSON Schema, with the descriptions of their fields. */
import * as z from 'zod/mini';
import { ROUTE_NAMES, type RouteName } from '../../../../client/routes.ts';
import type { RouteSchemas } from '../../../../client/schemas/route-schemas.ts';
import { SCHEMAS } from '../../../../client/schemas/schemas.ts';
import { COMPONENTS } from './components.ts';

/** A JSON Schema, as far as it is read here. */
export interface OpenApiSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, OpenApiSchema>>;
  readonly required?: readonly string[];
  readonly items?: OpenApiSchema;
  readonly additionalProperties?: OpenApiSchema | boolean;
  readonly anyOf?: readonly OpenApiSchema[];
}

export const ROUTE_PARTS = ['path', 'query', 'body', 'answer'] as const;
export type PartName = (typeof ROUTE_PARTS)[number];

/** The name of the part of a route that has no type of its own, e.g. `searchImages.query`. */
export const partName = (route: RouteName, part: PartName): string => `${route}.${part}`;

const REFERENCE = '#/components/schemas/';

export interface JsonSchemas {
  /** The schemas with a name. */
  readonly components: Readonly<Record<string, OpenApiSchema>>;
  /** Returns the schema of a part of a route: a reference where it has a name. `undefined`: the route has no such part. */
  readonly partOf: (route: RouteName, part: PartName) => OpenApiSchema | undefined;
}

/** Descriptions of routes, types and fields by their path. */
export type Descriptions = Readonly<Record<string, string>>;

/** Converts all schemas at once, so that they refer to each other. */
export function toJsonSchemas(descriptions: Descriptions): JsonSchemas {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(COMPONENTS)) registry.add(schema, { id });
  for (const route of ROUTE_NAMES) {
    const schemas: RouteSchemas = SCHEMAS[route];
    for (const part of ROUTE_PARTS) {
      const schema = schemas[part];
      if (schema !== undefined && !registry.has(schema)) registry.add(schema, { id: partName(route, part) });
    }
  }
  const { schemas } = z.toJSONSchema(registry, {
    io: 'input',
    unrepresentable: 'any',
    uri: (id) => `${REFERENCE}${id}`,
    override({ zodSchema, jsonSchema }) {
      // Objects of the caller, and model cards.
      if (zodSchema._zod.def.type === 'custom') jsonSchema.type = 'object';
    },
  });
  // The form of zod's schemas is that of JSON Schema.
  const all = Object.entries(schemas as Readonly<Record<string, OpenApiSchema>>).map(
    ([name, schema]) => [name, describe(withoutIds(schema), name, descriptions)] as const,
  );
  const byName = Object.fromEntries(all);
  return {
    components: Object.fromEntries(Object.keys(COMPONENTS).map((name) => [name, byName[name]!])), // each was added
    partOf(route, part) {
      const { [part]: schema }: RouteSchemas = SCHEMAS[route];
      const { id } = (schema && registry.get(schema)) ?? {};
      if (id === undefined) return undefined;
      return Object.hasOwn(COMPONENTS, id) ? { $ref: `${REFERENCE}${id}` } : byName[id];
    },
  };
}

/** The place of a schema in the document identifies it. */
function withoutIds(schema: OpenApiSchema): OpenApiSchema {
  const entries = Object.entries(schema).filter(([key]) => key !== '$id' && key !== '$schema' && key !== 'id');
  return Object.fromEntries(entries);
}

/** Adds the doc comments of the schemas, which `descriptions.ts` has by path. */
function describe(schema: OpenApiSchema, path: string, descriptions: Descriptions): OpenApiSchema {
  const { properties, items, additionalProperties, anyOf } = schema;
  const own = descriptions[path];
  return {
    ...schema,
    ...(own !== undefined && { description: own }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, each]) => [name, describe(each, `${path}.${name}`, descriptions)]),
      ),
    }),
    ...(items && { items: describeInside(items, path, descriptions) }),
    ...(typeof additionalProperties === 'object' && {
      additionalProperties: describeInside(additionalProperties, path, descriptions),
    }),
    ...(anyOf && { anyOf: anyOf.map((each) => describeInside(each, path, descriptions)) }),
  };
}

/** The entries of a list have the path of the list, and no description of their own. */
function describeInside(schema: OpenApiSchema, path: string, descriptions: Descriptions): OpenApiSchema {
  const { description: _, ...described } = describe(schema, path, descriptions);
  return described;
}
