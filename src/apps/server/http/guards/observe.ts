/** The outermost middleware: gives each request its id, completes the headers of the answer, and reports the answer when its body has ended. */
import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { readClientAddress } from '../../tenants/client-address.ts';
import type { AccessLine } from '../access-line.ts';
import type { HttpFault } from '../http-fault.ts';
import type { ServerContext, ServerEnv, ServerRequest } from '../server-context.ts';
import { toFault } from '../to-fault.ts';
import { setAnswerHeaders } from './answer-headers.ts';
import { type BodyEnd, whenBodyEnds } from './body-end.ts';
import { createRequestId } from './request-id.ts';

export function observe(context: ServerContext): MiddlewareHandler<ServerEnv> {
  const { settings, now, metrics } = context;
  const isObserved = settings.onAccess !== undefined || metrics !== undefined;
  return async (c, next) => {
    const startedAt = now();
    c.set('requestId', createRequestId());
    c.set('address', readClientAddress(c, settings.trustProxy ?? false));
    await next();
    const fault = c.error === undefined ? undefined : toFault(c.error);
    setAnswerHeaders(c, fault);
    if (fault !== undefined) setReasonPhrase(c, fault);
    if (c.req.method === 'HEAD' && c.res.body !== null) {
      await c.res.body.cancel();
      replaceAnswer(c, new Response(null, c.res));
    }
    if (!isObserved) return;
    const route = routePath(c, -1);
    const answer = whenBodyEnds(c, (end) => {
      const durationMs = now() - startedAt;
      metrics?.onAnswer({ route, method: c.req.method, status: c.res.status, durationMs });
      if (settings.onAccess === undefined) return;
      const line = toAccessLine(c, { at: new Date(startedAt).toISOString(), durationMs, ...end, fault });
      try {
        settings.onAccess(line);
      } catch (error) {
        context.onError(error);
      }
    });
    replaceAnswer(c, answer);
  };
}

/** Hono merges the headers of an answer into the next one; not after this. */
function replaceAnswer(c: ServerRequest, answer: Response): void {
  if (answer === c.res) return;
  c.res = undefined;
  c.res = answer;
}

/** Characters of a reason phrase. */
const MAX_REASON_LENGTH = 80;

/** Some clients show their user only the reason phrase of an error. It has the code, and as much of the message as fits. */
function setReasonPhrase(c: ServerRequest, { code, message }: HttpFault): void {
  if (c.env?.outgoing === undefined) return;
  const ascii = `${code.replaceAll('_', ' ')}: ${message}`.replace(/[^\x20-\x7e]/g, '?');
  c.env.outgoing.statusMessage =
    ascii.length <= MAX_REASON_LENGTH ? ascii : `${ascii.slice(0, MAX_REASON_LENGTH - 3)}...`;
}

/** The code of an answer that its client did not wait for. Its call goes on. */
const CLIENT_LEFT = 'client_left';

function toAccessLine(
  c: ServerRequest,
  {
    fault,
    hasLeft,
    ...measured
  }: BodyEnd & {
    readonly at: string;
    readonly durationMs: number;
    readonly fault: HttpFault | undefined;
  },
): AccessLine {
  const code = fault?.code ?? (hasLeft ? CLIENT_LEFT : undefined);
  const [token, call, address] = [c.get('caller')?.name, c.get('call'), c.get('address')];
  return {
    ...measured,
    requestId: c.get('requestId'),
    method: c.req.method,
    path: toLoggedPath(c.req.path),
    status: c.res.status,
    ...(token !== undefined && { token }),
    ...(address !== undefined && { address }),
    ...(call !== undefined && { call }),
    ...(code !== undefined && { code }),
  };
}

const MAX_PATH_LENGTH = 500;

/** A link to a file is a secret: its signature is left out. */
export function toLoggedPath(path: string): string {
  const parts = path.split('/');
  if (parts[1] === 'files' && parts[4] !== undefined) parts[4] = parts[4].replace(/\..*/, '.…');
  return parts.join('/').slice(0, MAX_PATH_LENGTH);
}
