/** The latest events of all runs, for clients that follow them. */
import type { RunEvent } from './run-list.ts';

const MAX_EVENTS = 1_000;

export interface FollowOptions {
  /** The sequence of the last event that the client has. @default only new events */
  readonly after?: number | undefined;
  /** Only events of calls of this token. */
  readonly token?: string | undefined;
  readonly signal: AbortSignal;
}

export interface RunEvents {
  readonly add: (event: Omit<RunEvent, 'sequence'>) => void;
  /** Yields events until the signal fires or the log is closed. A slow client misses events that are no longer kept. */
  readonly follow: (options: FollowOptions) => AsyncIterable<RunEvent>;
  readonly close: () => void;
}

export function createRunEvents(): RunEvents {
  const events: RunEvent[] = [];
  const waiting = new Set<() => void>();
  let sequence = 0;
  let isClosed = false;

  /** By run, the sequence of the event that has its latest unfinished image. */
  const partials = new Map<string, number>();

  /** Only the latest unfinished image of a run is kept: a thousand of them would fill the memory. */
  function forgetPartial(run: string): void {
    const at = (partials.get(run) ?? 0) - (events[0]?.sequence ?? 1);
    const event = events[at];
    partials.delete(run);
    if (event === undefined) return;
    const { partial: _, ...rest } = event;
    events[at] = rest;
  }

  const wake = () => {
    for (const resolve of waiting) resolve();
    waiting.clear();
  };

  /** Waits for the next event, or the end. */
  async function nextChange(signal: AbortSignal): Promise<void> {
    const changed = Promise.withResolvers<void>();
    waiting.add(changed.resolve);
    signal.addEventListener('abort', changed.resolve as () => void, { once: true });
    try {
      await changed.promise;
    } finally {
      waiting.delete(changed.resolve);
      signal.removeEventListener('abort', changed.resolve as () => void);
    }
  }

  async function* followFrom(start: number, { token, signal }: FollowOptions): AsyncGenerator<RunEvent> {
    let last = start;
    while (!signal.aborted && !isClosed) {
      const first = events[0]?.sequence ?? sequence + 1;
      const event = events[Math.max(last + 1 - first, 0)];
      if (event === undefined) await nextChange(signal);
      else {
        last = event.sequence;
        if (token === undefined || event.run.token === token) yield event;
      }
    }
  }

  return {
    add(event) {
      forgetPartial(event.run.id);
      events.push({ sequence: ++sequence, ...event });
      if (event.partial) partials.set(event.run.id, sequence);
      if (events.length > MAX_EVENTS) events.shift();
      wake();
    },
    follow(options) {
      const { after = sequence } = options;
      // A client that has more events than there are has those of an earlier process: it gets all of this one.
      return followFrom(after > sequence ? 0 : after, options);
    },
    close() {
      isClosed = true;
      wake();
    },
  };
}
