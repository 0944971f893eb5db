/** Creates a server for any runtime. */
import { checkProfiles, reportUnknownModels } from './check-names.ts';
import { checkServerSettings } from './check-settings.ts';
import { createContext } from './create-context.ts';
import { countRuns } from './http/health/metrics.ts';
import type { ServerApp, ServerEnv } from './http/server-context.ts';
import { toWholeAnswer } from './http/text-answer.ts';
import { loadPeer } from './load-peer.ts';
import type { ImageServer, ImageServerSettings } from './settings.ts';

/**
 * Creates a server: a `fetch` handler for any runtime. `listen` of the same entry serves it with Node. The package `hono` is loaded with
 * the first request.
 * Jobs that earlier processes left open are fetched in the background. Nothing is generated again.
 * @throws AiImageError `invalid_request`: a setting is wrong
 */
export function createImageServer(settings: ImageServerSettings): ImageServer {
  checkServerSettings(settings);
  checkProfiles(settings);
  const context = createContext(settings);
  const { runs, metrics, state, onError } = context;
  // In the background: the server can answer meanwhile, and a repeated request joins the call that is fetched.
  void runs.resumeOpenJobs().catch(onError);
  void reportUnknownModels(settings, onError).catch(onError);
  const closed = new AbortController();
  if (metrics) void countRuns(runs, metrics, closed.signal).catch(onError);

  let app: ServerApp | undefined;
  async function load(): Promise<ServerApp> {
    const { createApp } = await loadPeer(() => import('./create-app.ts'));
    app ??= createApp(context);
    return app;
  }

  return {
    async fetch(request, env) {
      const bindings = env as ServerEnv['Bindings'] | undefined; // what the runtime passes; each field is optional
      const answer = await (app ?? (await load())).fetch(request, bindings);
      // Only the server of `listen` counts bytes, and it writes short answers itself.
      return bindings?.outgoing?.bodyBytes === undefined ? toWholeAnswer(answer) : answer;
    },
    async close({ deadlineMs } = {}) {
      state.isClosing = true;
      await runs.close(deadlineMs);
      closed.abort();
    },
  };
}
