/**
 * A worker of a queue that stops after a number of images. Prints what a piece of work took beside `manager.generate` alone, and its memory.
 */
import { randomUUID } from 'node:crypto';
import { createImageManager, StubProvider } from '../../src/index.ts';
import { createQueue, createWorker } from '../../src/queue/index.ts';
import { createStore } from '../../src/store/index.ts';
import { median } from '../statistics.ts';

const [directory = '', count = '100'] = process.argv.slice(2);
const works = Number(count);
const WARM_UP = 50;
/** Alone and worked in turn, because the machine may do other things at the same time. */
const ROUNDS = 6;
const store = createStore({ directory, marks: 'none' });
const queue = createQueue({ store });
const manager = createImageManager({ providers: { stub: new StubProvider() }, store });

/** Runs work one after the other. @returns milliseconds and processor milliseconds for each */
async function measure(rounds: number, work: () => Promise<unknown>) {
  const [startedAt, cpuBefore] = [performance.now(), process.cpuUsage()];
  for (let at = 0; at < rounds; at++) await work();
  const { user, system } = process.cpuUsage(cpuBefore);
  return { ms: (performance.now() - startedAt) / rounds, cpuMs: (user + system) / 1_000 / rounds };
}

const generate = () => manager.generate({ prompt: 'A lighthouse in the fog', size: '64x64' }, { callId: randomUUID() });
/** One worker with one slot, so that its pieces of work run one after the other. */
async function runWorker(rounds: number): Promise<void> {
  let left = rounds;
  const worker = createWorker({
    queue,
    manager,
    concurrency: 1,
    onEvent({ type }) {
      if (type !== 'started' && --left === 0) void worker.stop();
    },
  });
  await worker.run('forever');
}
await measure(WARM_UP, generate);
await runWorker(WARM_UP);
const rounds: { readonly ms: number; readonly cpuMs: number; readonly addedMs: number; readonly addedCpuMs: number }[] =
  [];
for (let round = 0; round < ROUNDS; round++) {
  const alone = await measure(works / ROUNDS, generate);
  const worked = await measure(1, () => runWorker(works / ROUNDS));
  const [ms, cpuMs] = [(worked.ms * ROUNDS) / works, (worked.cpuMs * ROUNDS) / works];
  rounds.push({ ...alone, addedMs: ms - alone.ms, addedCpuMs: cpuMs - alone.cpuMs });
}
await manager.close();
await queue.close();
await store.close();
global.gc?.();
const heapMb = process.memoryUsage().heapUsed / 2 ** 20;
const peakMb = process.resourceUsage().maxRSS / 1024;
const medians = Object.fromEntries(
  (['ms', 'cpuMs', 'addedMs', 'addedCpuMs'] as const).map((field) => [
    field,
    median(rounds.map((each) => each[field])),
  ]),
);
console.log(JSON.stringify({ ...medians, heapMb, peakMb }));
