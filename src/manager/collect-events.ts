/** Turns the calls of a listener into an async iterable. */
import { forwardAbort } from '../providers/protocol/shared/forward-abort.ts';

/**
 * @param work gets a listener, and a signal that fires when the loop is left early
 * @throws the error of `work`, after all events before it
 */
export async function* collectEvents<Event>(
  work: (listener: (event: Event) => void, signal: AbortSignal) => Promise<unknown>,
  callerSignal: AbortSignal | undefined,
): AsyncGenerator<Event, void, undefined> {
  const loopLeft = new AbortController();
  const stopListening = forwardAbort(callerSignal, loopLeft);
  const events: Event[] = [];
  let wake = Promise.withResolvers<void>();
  let isDone = false;
  const working = work((event) => {
    events.push(event);
    wake.resolve();
  }, loopLeft.signal);
  const finish = () => {
    isDone = true;
    wake.resolve();
  };
  working.then(finish, finish);
  try {
    while (!isDone || events.length > 0) {
      const next = events.shift();
      if (next !== undefined) yield next;
      else {
        await wake.promise;
        wake = Promise.withResolvers<void>();
        if (isDone) wake.resolve();
      }
    }
    await working;
  } finally {
    stopListening();
    loopLeft.abort();
    working.catch(() => undefined); // thrown above, or the loop was left and the error has no reader
  }
}
