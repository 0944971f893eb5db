/** The live table of `imagen queue watch` on a terminal. */
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createTerminal } from '../../../../src/apps/cli/output/terminal/terminal.ts';
import { createChangeReader, toScreen } from '../../../../src/apps/cli/queue/watch-queue.ts';
import type { Queue, QueuedWork } from '../../../../src/queue/index.ts';
import { openQueueShop } from './queue-support.ts';

const AT = new Date('2026-11-25T12:00:00Z');

const workOf = (id: string, fields: Partial<QueuedWork> = {}): QueuedWork => ({
  ...{
    id,
    queue: 'images',
    state: 'waiting',
    priority: 0,
    attempt: 0,
    createdAt: AT,
    runAt: AT,
    isCancelRequested: false,
  },
  request: { prompt: `the prompt of ${id} ${'and more '.repeat(20)}` },
  ...fields,
});

const STATES = { waiting: 3, active: 1, done: 0, unknown: 0, dead: 2, cancelled: 0 };

describe('the live table', () => {
  it('fits in 80 columns: counts, pauses, running work, then the latest', () => {
    const lines = toScreen(
      {
        counts: [{ queue: 'images', states: STATES, unreadable: 1, oldestWaitingMs: 300_000 }],
        pauses: [{ kind: 'provider', name: 'openai', reason: `its quota is used up ${'x'.repeat(80)}` }],
        active: [workOf('aaaaaaaa-1', { state: 'active', attempt: 1, worker: 'one 42' })],
        latest: [workOf('bbbbbbbb-2')],
      },
      80,
      AT.getTime(),
    );
    expect(lines.filter((line) => [...line].length >= 80)).toEqual([]);
    expect(lines[0]).toContain('3 waiting, 1 active, 2 dead; the oldest waits 5 min');
    expect(lines[1]).toContain('the provider openai is paused: its quota is used up');
    expect(lines.slice(3).map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([
      ['ID', 'STATE'],
      ['aaaaaaaa', 'active'],
      ['bbbbbbbb', 'waiting'],
    ]);
  });

  it('is redrawn in place, and is never higher than the screen', () => {
    let written = '';
    const stdout = Object.assign(
      new Writable({
        write(chunk, _, done) {
          written += String(chunk);
          done();
        },
      }),
      { isTTY: true, columns: 20, rows: 4 },
    );
    const table = createTerminal({ stdout, stderr: stdout }, (text) => text).startTable();
    table.update(['one', 'two', 'three', 'four', 'five']);
    expect(written).toBe('one\ntwo\nthree\n');
    written = '';
    table.update([`long ${'x'.repeat(50)}\u001b[31m`]);
    // Back over three lines, then everything below is cleared. A line that would wrap is cut.
    expect(written).toBe(`\u001b[3F\u001b[0Jlong ${'x'.repeat(14)}\n`);
  });

  it('is drawn by the command until the signal, which ends it with 0', async () => {
    const stopping = new AbortController();
    await using shop = await openQueueShop({ isTerminal: true, signal: stopping.signal });
    await shop.enqueue('a fox');
    stopping.abort();
    const { exit, stdout } = await shop.run('queue', 'watch');
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
  });
});

describe('the changes of a pipe', () => {
  it('are the first state of each piece of work, and every later one, also of work that left the list', async () => {
    let [active, latest]: (readonly QueuedWork[])[] = [[], [workOf('a')]];
    const ended = workOf('a', { state: 'done', attempt: 1 });
    const queue = {
      counts: async () => [],
      pauses: async () => [],
      list: async ({ state }: { readonly state?: string }) => (state === 'active' ? active : latest),
      find: async (id: string) => (id === 'a' ? ended : undefined),
    } as unknown as Queue; // only these are read
    const reader = createChangeReader(queue, undefined);
    const statesRead = async () => (await reader.read()).map(({ id, state }) => `${id} ${state}`);
    expect(await statesRead()).toEqual(['a waiting']);
    expect(await statesRead()).toEqual([]);
    active = [workOf('a', { state: 'active', attempt: 1 })];
    latest = [];
    expect(await statesRead()).toEqual(['a active']);
    active = [];
    expect(await statesRead()).toEqual(['a done']);
    expect(await statesRead()).toEqual([]);
  });
});
