/** Pauses providers in the queue, for all workers. A pause that a person made is not shortened. */
import type { QueueEngine, WorkError } from '../queue-engine.ts';
import type { ProviderPause } from './decide-next-step.ts';
import { doubled, type Pace } from './pace.ts';

export interface ProviderPauses {
  /** @returns when the pause ends, in milliseconds since the epoch; `undefined`: it was paused for longer already */
  readonly pause: (pause: ProviderPause, error: WorkError) => Promise<number | undefined>;
  /** The provider works: its next pause is a short one. */
  readonly noteSuccess: (provider: string | undefined) => void;
}

interface PauseSettings {
  readonly engine: Pick<QueueEngine, 'pause' | 'pauses'>;
  readonly pace: Pick<Pace, 'pauseMs' | 'accountPauseMs' | 'maxPauseMs'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Pauses that end at nearly the same time are one: several calls of a worker fail together. */
const SAME_PAUSE = 0.1;

export function createProviderPauses({ engine, pace, now }: PauseSettings): ProviderPauses {
  /** How often a provider was paused for its account since it last worked. */
  const accountPauses = new Map<string, { count: number; untilMs: number }>();

  function durationOf({ provider, kind, retryAfterMs }: ProviderPause): number {
    if (kind === 'load') return Math.min(retryAfterMs ?? pace.pauseMs, pace.maxPauseMs);
    const known = accountPauses.get(provider);
    // Calls that were running when the pause began fail during it, and do not make it longer.
    const count = known === undefined ? 0 : now() < known.untilMs ? known.count : known.count + 1;
    const durationMs = doubled(retryAfterMs ?? pace.accountPauseMs, count, pace.maxPauseMs);
    if (known?.count !== count) accountPauses.set(provider, { count, untilMs: now() + durationMs });
    return durationMs;
  }

  return {
    async pause(pause, error) {
      const { provider: name } = pause;
      const durationMs = durationOf(pause);
      const untilMs = now() + durationMs;
      const known = (await engine.pauses()).find((each) => each.kind === 'provider' && each.name === name);
      if (known && (known.untilMs === undefined || known.untilMs >= untilMs - durationMs * SAME_PAUSE))
        return undefined;
      await engine.pause({ kind: 'provider', name, untilMs, reason: `${error.code}: ${error.message}`.slice(0, 500) });
      return untilMs;
    },
    noteSuccess(provider) {
      if (provider !== undefined) accountPauses.delete(provider);
    },
  };
}
