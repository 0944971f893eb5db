/** The server's own API: a handler for each route of the route table. */
import { ROUTE_NAMES, ROUTES, type Route, type RouteName } from '../../../client/routes.ts';
import type { RouteSchemas } from '../../../client/schemas/route-schemas.ts';
import { type RouteInput, SCHEMAS } from '../../../client/schemas/schemas.ts';
import { publicOrigin } from '../files/public-origin.ts';
import { answerJson } from '../http/json-body.ts';
import type { ServerApp, ServerContext } from '../http/server-context.ts';
import { createHandlers } from './handlers/create-handlers.ts';
import { createInputReader } from './input/read-input.ts';
import type { RouteHandler } from './route-call.ts';

export function mountApi(app: ServerApp, context: ServerContext): void {
  const handlers = createHandlers();
  for (const name of ROUTE_NAMES) mountRoute(app, context, name, handlers[name] as RouteHandler<typeof name>); // of the same name
}

function mountRoute<Name extends RouteName>(
  app: ServerApp,
  context: ServerContext,
  name: Name,
  handle: RouteHandler<Name>,
): void {
  const route: Route = ROUTES[name];
  const schemas: RouteSchemas = SCHEMAS[name];
  const { maxJsonBytes, maxUploadBytes } = context.limits;
  const readInput = createInputReader(schemas, route.takesImages ? maxUploadBytes : maxJsonBytes);
  app.on(route.method, route.path.replace(/\{(\w+)\}/g, ':$1'), async (c) => {
    const { fields, bodyBytes } = await readInput(c);
    const reply = await handle({
      input: fields as RouteInput<Name>, // checked by the schemas of this route
      caller: c.get('caller'),
      context,
      origin: publicOrigin(c, context),
      bodyBytes,
      request: c,
    });
    return reply instanceof Response ? reply : answerJson(reply.body, reply);
  });
}
