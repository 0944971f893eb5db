/** What a process wrote whose clock was a year ahead does not keep records from the sinks once the clock is right. */
import { expect, it } from 'vitest';
import { small } from '../manager/support.ts';
import { useFolder } from '../store/support.ts';
import { createHangingSink, createSink, useShops } from './support.ts';

const folder = useFolder();
const openShop = useShops(folder);
const YEAR_MS = 365 * 86_400_000;
const ahead = { settings: { now: () => Date.now() + YEAR_MS } };

it('a failure with a wrong clock delays the sink no longer than the right clock says', async () => {
  const failing = createSink();
  failing.failWith(new Error('the disk is full'));
  const before = openShop([failing], ahead);
  await before.manager.generate(small);
  expect(await before.usage.flush()).toBe(1);
  await before.close();
  const sink = createSink();
  const { usage } = openShop([sink]);
  expect(await usage.flush()).toBe(0);
  expect(sink.records).toHaveLength(1);
});

it('a process that died with a wrong clock does not own the sink for a year', async () => {
  const before = openShop([createHangingSink()], ahead);
  await before.manager.generate(small);
  await before.usage.flush({ timeoutMs: 200 });
  const sink = createSink(createHangingSink().name);
  const { usage } = openShop([sink]);
  expect(await usage.flush()).toBe(0);
  expect(sink.records).toHaveLength(1);
});
