/** How many calls a provider gets at once, and how fast, whoever makes them. Waiting counts against the call's time. */
import { AiImageError } from '../../providers/protocol/index.ts';

export interface ProviderLimits {
  readonly maxConcurrent?: number;
  /** Evenly spaced. */
  readonly perMinute?: number;
}

export interface ConcurrencyLimiter {
  /** @returns gives the place back @throws AiImageError `aborted` or `timeout`; nothing was sent */
  enter(
    provider: string,
    wait: { readonly signal?: AbortSignal | undefined; readonly deadlineMs?: number | undefined },
  ): Promise<() => void>;
}

interface Door {
  inside: number;
  /** When the next one may go in. */
  freeAt: number;
  readonly waiting: Set<() => void>;
}

/** @param now milliseconds that only ever grow */
export function createConcurrencyLimiter(
  limits: Readonly<Record<string, ProviderLimits>>,
  now: () => number,
): ConcurrencyLimiter {
  const doors = new Map<string, Door>();
  return {
    async enter(provider, { signal, deadlineMs }) {
      const { maxConcurrent = Number.POSITIVE_INFINITY, perMinute } = limits[provider] ?? {};
      const door = doors.get(provider) ?? { inside: 0, freeAt: Number.NEGATIVE_INFINITY, waiting: new Set() };
      doors.set(provider, door);
      const until = deadlineMs === undefined ? Number.POSITIVE_INFINITY : now() + deadlineMs;
      while (door.inside >= maxConcurrent) await turn(door, provider, until - now(), signal);
      door.inside++;
      const leave = () => {
        door.inside--;
        const next = door.waiting.values().next();
        if (!next.done) next.value();
      };
      if (perMinute === undefined) return leave;
      const startsAt = Math.max(door.freeAt, now());
      door.freeAt = startsAt + 60_000 / perMinute;
      try {
        if (startsAt > until) throw tooLate(provider);
        if (startsAt > now()) await pause(startsAt - now(), signal, provider);
        return leave;
      } catch (error) {
        leave();
        throw error;
      }
    },
  };
}

/** Waits until somebody leaves. */
function turn({ waiting }: Door, provider: string, leftMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (work: () => void) => () => {
      waiting.delete(wake);
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      work();
    };
    const wake = done(resolve);
    const stop = done(() => reject(gone(provider)));
    const timer = Number.isFinite(leftMs)
      ? setTimeout(
          done(() => reject(tooLate(provider))),
          Math.max(leftMs, 0),
        )
      : undefined;
    waiting.add(wake);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

function pause(ms: number, signal: AbortSignal | undefined, provider: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(gone(provider));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

const gone = (provider: string) =>
  new AiImageError('aborted', `${provider}: aborted while waiting for a turn`, { provider, charged: 'no' });
const tooLate = (provider: string) =>
  new AiImageError('timeout', `${provider}: no turn came in time`, {
    provider,
    charged: 'no',
    hint: 'Raise the limit of this provider, or send fewer requests at once.',
  });
