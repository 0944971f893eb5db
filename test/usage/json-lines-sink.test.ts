/** The sink that appends lines of JSON to a file. */
import { appendFile, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { jsonLinesSink, type UsageRecord } from '../../src/usage/index.ts';
import { useFolder } from '../store/support.ts';
import { recordOf } from './support.ts';

const folder = useFolder();
const { signal } = new AbortController();
const read = async (path: string) =>
  (await readFile(path, 'utf8'))
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as UsageRecord);

it('appends one line a record to a file that only the user can read, and creates its directory', async () => {
  const path = join(folder(), 'logs', 'usage.jsonl');
  const sink = jsonLinesSink({ path });
  await sink.record([recordOf('a'), recordOf('b')], signal);
  await sink.record([recordOf('c')], signal);
  expect(await read(path)).toEqual([recordOf('a'), recordOf('b'), recordOf('c')]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

it('writes to a new file after the old one was renamed', async () => {
  const path = join(folder(), 'usage.jsonl');
  const sink = jsonLinesSink({ path });
  await sink.record([recordOf('a')], signal);
  await rename(path, `${path}.1`);
  await sink.record([recordOf('b')], signal);
  expect(await read(`${path}.1`)).toEqual([recordOf('a')]);
  expect(await read(path)).toEqual([recordOf('b')]);
});

it('ends a line that was cut off before it writes the next one', async () => {
  const path = join(folder(), 'usage.jsonl');
  await appendFile(path, '{"id":"cut');
  await jsonLinesSink({ path }).record([recordOf('a')], signal);
  const [cut, whole] = (await readFile(path, 'utf8')).split('\n');
  expect(cut).toBe('{"id":"cut');
  expect(JSON.parse(whole ?? '')).toEqual(recordOf('a'));
});

it('says why a file cannot be written', async () => {
  const sink = jsonLinesSink({ path: '/dev/full' });
  await expect(sink.record([recordOf('a')], signal)).rejects.toMatchObject({
    code: 'storage_failed',
    message: expect.stringMatching(/^cannot write \/dev\/full: .*(space|full)/i),
  });
});

it.each([{}, { path: 'usage.jsonl', stream: 'stdout' as const }, { path: ' ' }])(
  'refuses the settings %j',
  (settings) => {
    expect(() => jsonLinesSink(settings)).toThrow("jsonLinesSink needs either a path or stream: 'stdout'");
  },
);
