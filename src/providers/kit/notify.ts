/** Calls the caller's event listener and ignores its errors, so that they cannot lose an image that was paid for. */
import type { CallContext } from '../protocol/context.ts';
import type { ImageEvent } from '../protocol/events.ts';

export function notify(onEvent: CallContext['onEvent'], event: ImageEvent): void {
  if (onEvent) void callSafely(() => onEvent(event));
}

/** Also handles rejections of async listeners. Never rejects. */
async function callSafely(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch {
    // Ignored, see above.
  }
}
