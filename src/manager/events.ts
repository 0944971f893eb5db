/** Turns calls of a listener into something to loop over. */

/**
 * @param work is handed a listener, and a signal that fires when the loop is left early
 * @throws whatever `work` throws, after all events before it
 */
export async function* collect<Event>(
  work: (listen: (event: Event) => void, signal: AbortSignal) => Promise<unknown>,
  outer: AbortSignal | undefined,
): AsyncGenerator<Event, void, undefined> {
  const left = new AbortController();
  const signal = outer === undefined ? left.signal : AbortSignal.any([outer, left.signal]);
  const waiting: Event[] = [];
  let wake = Promise.withResolvers<void>();
  let isOver = false;
  const working = work((event) => {
    waiting.push(event);
    wake.resolve();
  }, signal);
  const end = () => {
    isOver = true;
    wake.resolve();
  };
  working.then(end, end);
  try {
    while (!isOver || waiting.length > 0) {
      const next = waiting.shift();
      if (next !== undefined) yield next;
      else {
        await wake.promise;
        wake = Promise.withResolvers<void>();
        if (isOver) wake.resolve();
      }
    }
    await working;
  } finally {
    left.abort();
    working.catch(() => undefined); // said above, or nobody listens any more
  }
}
