/** Connects the routes of a server. Loaded with the first request, because it needs `hono`, which may not be installed. */
import { Hono } from 'hono';
import { mountApi } from './api/mount-api.ts';
import { mountFiles } from './files/mount-files.ts';
import { observe } from './http/guards/observe.ts';
import { requireToken } from './http/guards/require-token.ts';
import { wayIn } from './http/guards/way-in.ts';
import { mountHealth, mountMetrics } from './http/health/mount-health.ts';
import { HttpFault } from './http/http-fault.ts';
import type { ServerApp, ServerContext, ServerEnv } from './http/server-context.ts';
import { answerFault, toFault } from './http/to-fault.ts';
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
  // Hono answers unknown paths itself, and the middleware below would not see an error.
  app.notFound((c) => {
    throw new HttpFault(404, 'not_found', `There is no ${c.req.method} ${c.req.path.slice(0, 200)}.`);
  });
  // The order is the order in which a request passes them. What is mounted before `requireToken` needs no token.
  app.use(observe(context));
  mountHealth(app, context);
  app.use(wayIn(context));
  mountFiles(app, context);
  app.use(requireToken(context));
  mountMetrics(app, context);
  mountOpenAi(app, context);
  mountApi(app, context);
  return app;
}
