/** What supervisors and load balancers ask. No answer has data, so no token and no known host name is needed. */
import { HttpFault } from '../http-fault.ts';
import type { ServerApp, ServerContext } from '../server-context.ts';
import { answerPlainJson } from '../text-answer.ts';

/** A probe asks the store at most this often, however many probes there are. */
const READY_CACHE_MS = 2_000;

export function mountHealth(app: ServerApp, { store, state, now, onError }: ServerContext): void {
  let last: { readonly at: number; readonly isReachable: Promise<boolean> } | undefined;

  function isReachable(): Promise<boolean> {
    const at = now();
    if (last === undefined || Math.abs(at - last.at) > READY_CACHE_MS) {
      const check = store.preflight().then(
        () => true,
        (error: unknown) => {
          onError(error);
          return false;
        },
      );
      last = { at, isReachable: check };
    }
    return last.isReachable;
  }

  app.get('/healthz', () => answerPlainJson({ status: 'ok' }));
  app.get('/readyz', async () => {
    if (state.isClosing) throw notReady('The server is closing.');
    if (!(await isReachable())) throw notReady('The store cannot save images. See the log of the server.');
    return answerPlainJson({ status: 'ready' });
  });
}

const notReady = (why: string): HttpFault =>
  new HttpFault(503, 'not_ready', why, { type: 'server_error', mayRetry: true, retryAfterMs: READY_CACHE_MS });

/** Mounted behind the token, because costs and names of tokens are in it. */
export function mountMetrics(app: ServerApp, { metrics, runs }: ServerContext): void {
  if (metrics === undefined) return;
  app.get('/metrics', (c) =>
    c.body(metrics.toText(runs.counts()), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
  );
}
