/** What a request is told that no route takes: 405 and the methods of its path, or 404. */
import { HttpFault } from '../http-fault.ts';
import { METHODS } from '../methods.ts';
import type { ServerApp, ServerRequest } from '../server-context.ts';
import { methodFault } from './cors.ts';

export function noRouteFault(app: ServerApp, { req: { method, path } }: ServerRequest): HttpFault {
  const taken = methodsOf(app, path);
  if (taken.length > 0) return methodFault(taken, `${path.slice(0, MAX_PATH_LENGTH)} does not take ${method}.`);
  return new HttpFault(404, 'not_found', `There is no ${method} ${path.slice(0, MAX_PATH_LENGTH)}.`);
}

const MAX_PATH_LENGTH = 200;

/** Middleware is registered for `ALL` methods. A path that takes GET takes HEAD. */
function methodsOf(app: ServerApp, path: string): readonly string[] {
  return METHODS.filter((method) => {
    const registered = method === 'HEAD' ? 'GET' : method;
    return app.router.match(registered, path)[0].some(([[, route]]) => route.method === registered);
  });
}
