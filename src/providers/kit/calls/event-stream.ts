/** A call with callbacks turned into a loop over events. */
import type { CallContext } from '../../protocol/context.ts';
import type { ImageEvent } from '../../protocol/events.ts';
import { notify } from '../notify.ts';

/**
 * Starts `work` with the first event asked for, hands out what it emits, and throws what it throws.
 * Leaving the loop early aborts the work.
 */
export async function* throughEvents(
  context: CallContext,
  work: (context: CallContext) => Promise<unknown>,
): AsyncGenerator<ImageEvent> {
  const leaving = new AbortController();
  const signal = context.signal ? AbortSignal.any([context.signal, leaving.signal]) : leaving.signal;
  const waiting: ImageEvent[] = [];
  let wake = Promise.withResolvers<void>();
  let isOver = false;
  const onEvent = (event: ImageEvent) => {
    waiting.push(event);
    wake.resolve();
    notify(context.onEvent, event);
  };
  const working = work({ ...context, signal, onEvent }).finally(() => {
    isOver = true;
    wake.resolve();
  });
  working.catch(() => undefined); // thrown below; here only so that leaving early is no unhandled rejection
  try {
    while (true) {
      const event = waiting.shift();
      if (event) yield event;
      else if (isOver) break;
      else {
        await wake.promise;
        wake = Promise.withResolvers<void>();
      }
    }
    await working;
  } finally {
    leaving.abort();
  }
}
