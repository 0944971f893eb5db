/** The OpenAPI document. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, it } from 'vitest';
import { createOpenApi } from '../../../src/apps/server/api/openapi/create-openapi.ts';
import { ROUTE_NAMES, ROUTES } from '../../../src/client/routes.ts';

const document = createOpenApi('http://127.0.0.1:4242');

it('is a valid document of OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
});

it('bites: finds an operation without answers', async () => {
  const broken = structuredClone(document);
  const paths = broken.paths as Record<string, Record<string, { responses?: unknown }>>;
  delete paths['/api/plan']!.post!.responses;
  paths['/api/plan']!.post = 3 as never;
  expect(await new Validator().validate(broken)).toMatchObject({ valid: false });
});

it('has an operation for each route of the table', () => {
  const paths = document.paths as Record<string, Record<string, { operationId: string }>>;
  const operations = ROUTE_NAMES.map((name) => paths[ROUTES[name].path]?.[ROUTES[name].method.toLowerCase()]);
  expect(operations.map((operation) => operation?.operationId)).toEqual(ROUTE_NAMES);
});

it('refers only to schemas that it has', () => {
  const { schemas } = document.components as { schemas: Record<string, unknown> };
  const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]{1,100})"/g)];
  expect(references.length).toBeGreaterThan(30);
  expect(references.map(([, name = '']) => name).filter((name) => !(name in schemas))).toEqual([]);
});
