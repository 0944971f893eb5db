/** Makes the OpenAPI document from the route table and its schemas. */
import { ROUTE_GROUPS, ROUTE_NAMES, ROUTES, type Route, type RouteName } from '../../../../client/routes.ts';
import { DESCRIPTIONS } from './descriptions.ts';
import { OPENAI_PATHS } from './openai-paths.ts';
import { type Descriptions, type JsonSchemas, type OpenApiSchema, toJsonSchemas } from './to-json-schemas.ts';

/** @param url the address of the server */
export function createOpenApi(url: string, descriptions: Descriptions = DESCRIPTIONS): Record<string, unknown> {
  const schemas = toJsonSchemas(descriptions);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const name of ROUTE_NAMES) {
    const { path, method } = ROUTES[name];
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(name, schemas, descriptions) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'imagen serve', version: '1', description: 'Generates images with any provider.' },
    servers: [{ url }],
    tags: [...ROUTE_GROUPS, 'OpenAI'].map((name) => ({ name })),
    security: [{ token: [] }],
    paths: { ...paths, ...OPENAI_PATHS },
    components: {
      schemas: { ...schemas.components, Error: ERROR_SCHEMA },
      responses: { Error: ERROR_RESPONSE },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function operationOf(name: RouteName, schemas: JsonSchemas, descriptions: Descriptions): Record<string, unknown> {
  const { group, auth, costsMoney }: Route = ROUTES[name];
  const body = schemas.partOf(name, 'body');
  return {
    operationId: name,
    tags: [group],
    summary: descriptions[name],
    ...(auth === 'none' && { security: [] }),
    parameters: [
      ...parametersOf(name, 'path', schemas),
      ...parametersOf(name, 'query', schemas),
      ...(costsMoney ? [IDEMPOTENCY_KEY] : []),
    ],
    ...(body && {
      requestBody: { required: hasRequired(body), content: { 'application/json': { schema: body } } },
    }),
    responses: { ...answersOf(name, schemas), default: { $ref: '#/components/responses/Error' } },
  };
}

const hasRequired = ({ $ref, required = [] }: OpenApiSchema): boolean => $ref !== undefined || required.length > 0;

function parametersOf(name: RouteName, part: 'path' | 'query', { partOf }: JsonSchemas): readonly object[] {
  const { properties = {}, required = [] } = partOf(name, part) ?? {};
  return Object.entries(properties).map(([field, { description, ...schema }]) => ({
    name: field,
    in: part,
    required: part === 'path' || required.includes(field),
    ...(description !== undefined && { description }),
    schema,
  }));
}

function answersOf(name: RouteName, { partOf }: JsonSchemas): Record<string, unknown> {
  const { answer, costsMoney }: Route = ROUTES[name];
  const schema = partOf(name, 'answer');
  const json = { content: { 'application/json': { schema } } };
  switch (answer) {
    case 'empty':
      return { 204: { description: 'Done.' } };
    case 'bytes':
      return { 200: { description: 'The zip file.', content: { 'application/zip': {} } } };
    case 'events':
      return {
        200: {
          description: 'Events (SSE). The data of each is a JSON document of this schema.',
          content: { 'text/event-stream': { schema } },
        },
      };
    case undefined:
      return {
        200: { description: 'The answer.', ...json },
        ...(costsMoney && { 202: { description: 'The call takes longer than `wait`, and goes on.', ...json } }),
      };
    default:
      return answer satisfies never;
  }
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key with the same request never pays twice. 1 to 255 characters.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
} as const;

const text = { type: 'string' } as const;
const ERROR_SCHEMA = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['message', 'type', 'param', 'code'],
      properties: {
        message: { ...text, description: 'What is wrong, and what to do.' },
        type: { ...text, description: "OpenAI's word for the kind of error." },
        param: { type: ['string', 'null'], description: 'The field that is wrong.' },
        code: { ...text, description: 'Decide by this code, not by the message.' },
        imagen: {
          type: 'object',
          description: 'Facts about a failed call.',
          properties: {
            code: { ...text, description: 'The code of the error.' },
            charged: { enum: ['no', 'yes', 'unknown'], description: 'Whether the vendor charged the call.' },
            call: { ...text, description: 'The id of the run.' },
            job: { ...text, description: "The id of the vendor's job." },
            hint: { ...text, description: 'What to do.' },
          },
        },
      },
    },
  },
} as const;

const ERROR_RESPONSE = {
  description: 'The request failed. The header `x-should-retry` says whether it may be sent again.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
} as const;
