/** Turns a call with callbacks into an async iterator over its events. */
import type { CallContext } from '../../protocol/context.ts';
import type { ImageEvent } from '../../protocol/events.ts';
import { forwardAbort } from '../../protocol/shared/forward-abort.ts';
import { notify } from '../notify.ts';

/**
 * Starts `work` when the first event is requested, yields the events it emits, and throws what it throws.
 * Leaving the loop early aborts `work`.
 */
export async function* toEventStream(
  context: CallContext,
  work: (context: CallContext) => Promise<unknown>,
): AsyncGenerator<ImageEvent> {
  const loopLeft = new AbortController();
  const stopListening = forwardAbort(context.signal, loopLeft);
  const queue: ImageEvent[] = [];
  let wake = Promise.withResolvers<void>();
  let isDone = false;
  const onEvent = (event: ImageEvent) => {
    queue.push(event);
    wake.resolve();
    notify(context.onEvent, event);
  };
  const working = work({ ...context, signal: loopLeft.signal, onEvent }).finally(() => {
    isDone = true;
    wake.resolve();
  });
  working.catch(() => undefined); // rethrown below; handled here so that leaving early causes no unhandled rejection
  try {
    while (true) {
      const event = queue.shift();
      if (event) yield event;
      else if (isDone) break;
      else {
        await wake.promise;
        wake = Promise.withResolvers<void>();
      }
    }
    await working;
  } finally {
    stopListening();
    loopLeft.abort();
  }
}
