/** Connects the routes of a server. Loaded with the first request, because it needs `hono`, which may not be installed. */
import { Hono } from 'hono';
import { mountApi } from './api/mount-api.ts';
import { mountStartPage } from './api/mount-start-page.ts';
import { mountFiles } from './files/mount-files.ts';
import { noRouteFault } from './http/guards/no-route.ts';
import { observe } from './http/guards/observe.ts';
import { requireToken } from './http/guards/require-token.ts';
import { wayIn } from './http/guards/way-in.ts';
import { mountHealth, mountMetrics } from './http/health/mount-health.ts';
import type { ServerApp, ServerContext, ServerEnv, ServerRequest } from './http/server-context.ts';
import { answerFault, toFault } from './http/to-fault.ts';
import { mountMcp } from './mcp/mount-mcp.ts';
import { mountOpenAi } from './openai/mount-openai.ts';

export function createApp(context: ServerContext): ServerApp {
  const app: ServerApp = new Hono<ServerEnv>();
  app.onError((error, c) => {
    const call = c.get('call');
    const fault = toFault(error, call === undefined ? {} : { call });
    // The answer hides what happened inside.
    if (fault !== error && fault.status >= 500) context.onError(error);
    return answerFault(fault);
  });
  const refuse = (c: ServerRequest): never => {
    throw noRouteFault(app, c);
  };
  // Hono answers unknown paths itself, and the middleware below would not see an error.
  app.notFound(refuse);
  // The order is the order in which a request passes them. What is mounted before `requireToken` needs no token.
  app.use(observe(context));
  mountHealth(app, context);
  app.use(wayIn(context));
  mountFiles(app, context);
  mountStartPage(app);
  // Other methods of these paths are refused here: behind this, they would be told that they need a token.
  for (const path of ['/', '/healthz', '/readyz', '/files/*']) app.all(path, refuse);
  app.use(requireToken(context));
  mountMetrics(app, context);
  mountOpenAi(app, context);
  mountApi(app, context);
  mountMcp(app, context);
  return app;
}
