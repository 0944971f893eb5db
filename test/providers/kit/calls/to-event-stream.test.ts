import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toEventStream } from '../../../../src/providers/kit/calls/to-event-stream.ts';
import type { CallContext, ImageEvent } from '../../../../src/providers/protocol/index.ts';

const progress = (fraction: number): ImageEvent => ({ type: 'progress', fraction });
const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

async function collect(events: AsyncIterable<ImageEvent>): Promise<ImageEvent[]> {
  const seen: ImageEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

describe('a call as an event stream', () => {
  it('yields every event in order, including several at once and the last ones', async () => {
    const events = toEventStream({}, async ({ onEvent }) => {
      onEvent?.(progress(0));
      onEvent?.(progress(0.1));
      await new Promise((resolve) => setTimeout(resolve, 2));
      for (let at = 2; at < 10; at++) onEvent?.(progress(at / 10));
    });
    expect(await collect(events)).toEqual(Array.from({ length: 10 }, (_, at) => progress(at / 10)));
  });

  it('loses no event for a slow reader, and does not stop the work', async () => {
    let isDone = false;
    const events = toEventStream({}, async ({ onEvent }) => {
      for (let at = 0; at < 3; at++) onEvent?.(progress(at));
      isDone = true;
    });
    const seen: ImageEvent[] = [];
    for await (const event of events) {
      seen.push(event);
      await new Promise((resolve) => setTimeout(resolve, 2));
      expect(isDone).toBe(true);
    }
    expect(seen).toHaveLength(3);
  });

  it('starts nothing before the first event is requested', async () => {
    let isStarted = false;
    const events = toEventStream({}, async () => {
      isStarted = true;
    });
    expect(isStarted).toBe(false);
    await events.return(undefined);
    expect(isStarted).toBe(false);
  });

  it('throws what the work throws, after the preceding events', async () => {
    const seen: ImageEvent[] = [];
    const loop = async () => {
      const events = toEventStream({}, async ({ onEvent }) => {
        onEvent?.(progress(1));
        throw new Error('lost');
      });
      for await (const event of events) seen.push(event);
    };
    await expect(loop()).rejects.toThrow('lost');
    expect(seen).toEqual([progress(1)]);
  });

  it('aborts the work if the loop is left early, without an unhandled rejection', async () => {
    let signal: AbortSignal | undefined;
    const events = toEventStream({}, (context) => {
      signal = context.signal;
      context.onEvent?.(progress(0));
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))));
    });
    for await (const _ of events) break;
    expect(signal?.aborted).toBe(true);
  });

  it('aborts the work if the body of the loop throws', async () => {
    let signal: AbortSignal | undefined;
    const loop = async () => {
      const events = toEventStream({}, async (context) => {
        signal = context.signal;
        context.onEvent?.(progress(0));
        await new Promise(() => undefined);
      });
      for await (const _ of events) throw new Error('of the caller');
    };
    await expect(loop()).rejects.toThrow('of the caller');
    expect(signal?.aborted).toBe(true);
  });

  it('passes on the caller’s signal and calls its onEvent', async () => {
    const caller = new AbortController();
    const received: ImageEvent[] = [];
    const context: CallContext = { signal: caller.signal, deadlineMs: 7, onEvent: (event) => received.push(event) };
    let inner: CallContext | undefined;
    await collect(
      toEventStream(context, async (given) => {
        inner = given;
        caller.abort();
        given.onEvent?.(progress(0));
      }),
    );
    expect(inner?.signal?.aborted).toBe(true);
    expect(inner?.deadlineMs).toBe(7);
    expect(received).toEqual([progress(0)]);
  });
});
