/** Calls a listener of the caller's. What it throws, at once or later, must not cost anyone an image that was paid for. */
import type { CallContext } from '../protocol/context.ts';
import type { ImageEvent } from '../protocol/events.ts';

export function notify(onEvent: CallContext['onEvent'], event: ImageEvent): void {
  if (onEvent) void settled(() => onEvent(event));
}

/** Also waits for a promise, or for anything with a `then`. Never rejects. */
async function settled(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch {
    // The listener fails for itself alone, see above.
  }
}
