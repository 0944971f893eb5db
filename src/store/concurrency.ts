/** Limits how many operations run at the same time within one opened store. */

/** Returns a function that runs operations one after the other, in the order of the calls. */
export function createQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}

/** Returns a function that runs operations with the same key one after the other. Operations with different keys run at the same time. */
export function createKeyedQueue(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const result = (last.get(key) ?? Promise.resolve()).then(work, work);
    last.set(key, result);
    const forget = () => {
      if (last.get(key) === result) last.delete(key);
    };
    result.then(forget, forget);
    return result;
  };
}

/** Returns a function that runs at most `maxConcurrent` operations at the same time. The others wait in the order of the calls. */
export function createSemaphore(maxConcurrent: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = maxConcurrent;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The slot goes to the first waiting operation directly, so that a new call cannot take it.
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
