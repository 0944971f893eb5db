/** Who waits for whom within one opening of a store. */

/** Work on the same thing happens one after the other. */
export function createQueues(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work, work);
    last.set(key, turn);
    const leave = () => {
      if (last.get(key) === turn) last.delete(key);
    };
    turn.then(leave, leave);
    return turn;
  };
}

/** @param most of them happen at once */
export function createGate(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = most;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((admit) => waiting.push(admit));
    try {
      return await work();
    } finally {
      // Whoever waits gets the place itself, before anybody who comes now.
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
