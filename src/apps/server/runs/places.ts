/** Limits the calls of each token: some run, some wait for a free place, and further ones are refused. */
import type { ServerLimits } from '../settings.ts';

export interface Place {
  /** Resolves when the call may run, at once if a place is free. @throws the reason of the signal */
  readonly wait: (signal: AbortSignal) => Promise<void>;
  /** Frees the place. Calling it again changes nothing. */
  readonly leave: () => void;
}

export interface Places {
  /** Takes a place, or the next one that becomes free. @returns `undefined`: too many calls of the token wait */
  readonly take: (token: string) => Place | undefined;
}

interface TokenPlaces {
  running: number;
  /** In the order in which they came. */
  readonly waiting: Set<() => void>;
}

export function createPlaces(limits: Pick<Required<ServerLimits>, 'callsPerToken' | 'waitingPerToken'>): Places {
  const byToken = new Map<string, TokenPlaces>();
  return {
    take(token) {
      const places = byToken.get(token) ?? { running: 0, waiting: new Set() };
      const isFree = places.running < limits.callsPerToken;
      if (!isFree && places.waiting.size >= limits.waitingPerToken) return undefined;
      byToken.set(token, places);
      const granted = Promise.withResolvers<void>();
      let state: 'waiting' | 'running' | 'left' = 'waiting';
      const grant = () => {
        places.waiting.delete(grant);
        places.running++;
        state = 'running';
        granted.resolve();
      };
      if (isFree) grant();
      else places.waiting.add(grant);
      return {
        wait: (signal) => untilAborted(granted.promise, signal),
        leave() {
          if (state === 'running') {
            places.running--;
            const [next] = places.waiting;
            next?.();
          } else places.waiting.delete(grant);
          state = 'left';
          if (places.running === 0 && places.waiting.size === 0) byToken.delete(token);
        },
      };
    },
  };
}

async function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
