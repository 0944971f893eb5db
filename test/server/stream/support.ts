/** Shared by the tests of streams: a run of a real manager, and a reader of server-sent events. */
import type { Run } from '../../../src/apps/server/runs/run-list.ts';
import type { ImageManager, ManagerContext, ManagerEvent, ManagerRequest } from '../../../src/index.ts';

export function startRun(manager: ImageManager, request: ManagerRequest, context: ManagerContext = {}): Run {
  const listeners = new Set<(event: ManagerEvent) => void>();
  const id = crypto.randomUUID();
  const result = manager.generate(request, {
    ...context,
    callId: id,
    onEvent: (event) => {
      for (const listener of listeners) listener(event);
    },
  });
  result.catch(() => undefined); // the stream reports it
  return {
    id,
    isAdopted: false,
    result,
    summary: () => {
      throw new Error('not used');
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export interface ReadEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Parses a whole stream. Comments are left out. */
export function parseEvents(text: string): readonly ReadEvent[] {
  return text
    .split('\n\n')
    .filter((block) => block.startsWith('event: '))
    .map((block) => {
      const [first = '', second = ''] = block.split('\n');
      return { event: first.slice('event: '.length), data: JSON.parse(second.slice('data: '.length)) };
    });
}
