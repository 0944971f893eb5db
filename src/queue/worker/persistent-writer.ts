/** Repeats writes and reads of a database that cannot be reached, so that no result is lost. */
import { doubled, type Pace, spread } from './pace.ts';

/**
 * Repeats an access until it succeeds.
 * @returns what it returned; `undefined` when the worker gave up, because it stops
 */
export type Persistently = <T>(access: () => Promise<T>) => Promise<{ readonly value: T } | undefined>;

interface WriterSettings {
  readonly pace: Pick<Pace, 'troubleMs' | 'maxTroubleMs'>;
  /** 0 to 1. */
  readonly random: () => number;
  /** Fires when the worker gives up. */
  readonly givenUp: AbortSignal;
  readonly onTrouble: (error: unknown) => void;
}

export function createPersistentWriter({ pace, random, givenUp, onTrouble }: WriterSettings): Persistently {
  return async (access) => {
    for (let failures = 0; ; failures++) {
      try {
        return { value: await access() };
      } catch (error) {
        onTrouble(error);
        if (givenUp.aborted) return undefined;
        await sleep(spread(doubled(pace.troubleMs, failures, pace.maxTroubleMs), random()), givenUp);
        if (givenUp.aborted) return undefined;
      }
    }
  };
}

/** Waits, at most until the signal fires. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish, { once: true });
  });
}
