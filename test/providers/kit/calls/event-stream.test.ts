import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { throughEvents } from '../../../../src/providers/kit/calls/event-stream.ts';
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

describe('a call as a loop over its events', () => {
  it('hands out every event in order, also several at once and those before the end', async () => {
    const events = throughEvents({}, async ({ onEvent }) => {
      onEvent?.(progress(0));
      onEvent?.(progress(0.1));
      await new Promise((resolve) => setTimeout(resolve, 2));
      for (let at = 2; at < 10; at++) onEvent?.(progress(at / 10));
    });
    expect(await collect(events)).toEqual(Array.from({ length: 10 }, (_, at) => progress(at / 10)));
  });

  it('loses no event to a slow reader, and keeps the work going meanwhile', async () => {
    let isDone = false;
    const events = throughEvents({}, async ({ onEvent }) => {
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

  it('starts nothing before the first event is asked for: a loop that never begins costs nothing', async () => {
    let isStarted = false;
    const events = throughEvents({}, async () => {
      isStarted = true;
    });
    expect(isStarted).toBe(false);
    await events.return(undefined);
    expect(isStarted).toBe(false);
  });

  it('throws what the work throws, after the events before it', async () => {
    const seen: ImageEvent[] = [];
    const loop = async () => {
      const events = throughEvents({}, async ({ onEvent }) => {
        onEvent?.(progress(1));
        throw new Error('lost');
      });
      for await (const event of events) seen.push(event);
    };
    await expect(loop()).rejects.toThrow('lost');
    expect(seen).toEqual([progress(1)]);
  });

  it('aborts the work when the loop is left early, without an unhandled rejection', async () => {
    let signal: AbortSignal | undefined;
    const events = throughEvents({}, (context) => {
      signal = context.signal;
      context.onEvent?.(progress(0));
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))));
    });
    for await (const _ of events) break;
    expect(signal?.aborted).toBe(true);
  });

  it('aborts the work when the body of the loop throws', async () => {
    let signal: AbortSignal | undefined;
    const loop = async () => {
      const events = throughEvents({}, async (context) => {
        signal = context.signal;
        context.onEvent?.(progress(0));
        await new Promise(() => undefined);
      });
      for await (const _ of events) throw new Error('of the caller');
    };
    await expect(loop()).rejects.toThrow('of the caller');
    expect(signal?.aborted).toBe(true);
  });

  it('passes the caller’s signal and its onEvent on', async () => {
    const caller = new AbortController();
    const told: ImageEvent[] = [];
    const context: CallContext = { signal: caller.signal, deadlineMs: 7, onEvent: (event) => told.push(event) };
    let inner: CallContext | undefined;
    await collect(
      throughEvents(context, async (given) => {
        inner = given;
        caller.abort();
        given.onEvent?.(progress(0));
      }),
    );
    expect(inner?.signal?.aborted).toBe(true);
    expect(inner?.deadlineMs).toBe(7);
    expect(told).toEqual([progress(0)]);
  });
});
