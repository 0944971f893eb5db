/** Creates what the handlers of a server share, from its settings. */
import { createFileLinks } from './files/create-file-links.ts';
import { createServerMetrics } from './http/health/metrics.ts';
import { DEFAULT_LIMITS } from './http/limits.ts';
import type { ServerContext } from './http/server-context.ts';
import { createRunList } from './runs/create-run-list.ts';
import type { ImageServerSettings } from './settings.ts';
import { limitSpending } from './tenants/limit-spending.ts';
import { createMinuteLimit } from './tenants/minute-limit.ts';

/** @param given checked settings. They are copied */
export function createContext(given: ImageServerSettings): ServerContext {
  const settings = { ...given, tokens: given.tokens.map((token) => ({ ...token })) };
  const { store, queue, fileKey = crypto.getRandomValues(new Uint8Array(32)) } = settings;
  const manager = limitSpending(settings.manager, settings.tokens);
  const now = () => Date.now();
  const limits = { ...DEFAULT_LIMITS, ...settings.limits };
  const onError = quietly(settings.onError);
  return {
    ...{ manager, store, limits, settings, now, onError },
    runs: createRunList({
      manager,
      store,
      queue,
      tokens: settings.tokens.map(({ name }) => name),
      limits,
      now,
      onUnstored: settings.onUnstored,
      onError,
    }),
    links: createFileLinks(fileKey, now),
    failures: createMinuteLimit(now),
    metrics: settings.metrics ? createServerMetrics() : undefined,
    state: { isClosing: false },
  };
}

/** The host's function must not break an answer. */
function quietly(report: ((error: unknown) => void) | undefined): (error: unknown) => void {
  return (error) => {
    try {
      report?.(error);
    } catch {
      // Nothing is left to report it to.
    }
  };
}
