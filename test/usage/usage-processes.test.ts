/** Processes that end without a warning, and many processes at the same time: each cost reaches the sink. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createStore } from '../../src/store/index.ts';
import { createUsageDelivery, jsonLinesSink, type UsageRecord, usageSinkStates } from '../../src/usage/index.ts';
import { linesOf, useChildren } from '../store/processes.ts';
import { useFolder } from '../store/support.ts';
import { isFullSize } from '../support/full-size.ts';
import { createSink } from './support.ts';

const folder = useFolder();
const children = useChildren();
const keptIn = (output: string) =>
  linesOf(output).flatMap((line) => (line.startsWith('kept ') ? [line.slice('kept '.length)] : []));

it('delivers in the next process what a killed process had not delivered', async () => {
  const DIRECTORY = join(folder(), 'images');
  const child = children.start('usage', { DIRECTORY, CALLS: '3', SINK: 'hang' });
  await new Promise<void>((done) => {
    child.process.stdout.on('data', () => {
      // The sink has the first records, and did not confirm them.
      if (keptIn(child.output()).length === 3 && child.output().includes('asked')) {
        child.process.kill('SIGKILL');
        done();
      }
    });
  });
  expect((await child.end).signal).toBe('SIGKILL');
  const sink = createSink('file');
  // The killed process still has the right to deliver, until its time is over.
  const now = () => Date.now() + 60_000;
  const store = createStore({ directory: DIRECTORY, now });
  const usage = createUsageDelivery({ store, sinks: [sink] });
  expect(await usage.flush()).toBe(0);
  expect(sink.records.flatMap(({ artifacts }) => artifacts).sort()).toEqual([...keptIn(child.output())].sort());
  await usage.close();
  await store.close();
}, 60_000);

/** The heavy suite starts ten. */
const PROCESSES = isFullSize() ? 10 : 4;

it('delivers every call of several processes that share a store and a file', async () => {
  const DIRECTORY = join(folder(), 'images');
  const SINK = join(folder(), 'usage.jsonl');
  const outputs = await Promise.all(
    Array.from({ length: PROCESSES }, (_, at) => children.run('usage', { DIRECTORY, SINK, CALLS: '4', NAME: `${at}` })),
  );
  const store = createStore({ directory: DIRECTORY });
  const usage = createUsageDelivery({ store, sinks: [jsonLinesSink({ path: SINK, name: 'file' })] });
  expect(await usage.flush()).toBe(0);
  expect(await usageSinkStates(store)).toMatchObject([{ name: 'file', waiting: 0, failures: 0 }]);
  const records = linesOf(await readFile(SINK, 'utf8')).map((line) => JSON.parse(line) as UsageRecord);
  const kept = outputs.flatMap(keptIn);
  expect(kept).toHaveLength(4 * PROCESSES);
  expect([...new Set(records.flatMap(({ artifacts }) => artifacts))].sort()).toEqual(kept.sort());
  // A record may arrive twice, if its process ended before it could remove it. Then both are the same.
  const amounts = new Set(records.map(({ id, revision, costUsd }) => `${id} ${revision} ${costUsd}`));
  expect(amounts.size).toBe(4 * PROCESSES);
  await usage.close();
  await store.close();
}, 120_000);
