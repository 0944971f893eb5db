/**
 * The queue: enqueue, claim and complete per second in a file and in PostgreSQL, one piece of work at a time and in batches; a worker's own
 * time for a piece of work; its memory beside 10,000 waiting pieces. Run `npm run bench:queue`. PostgreSQL needs its server programs.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createQueue } from '../src/queue/index.ts';
import type { NewWork, QueueEngine } from '../src/queue/queue-engine.ts';
import { engineOf } from '../src/queue/queue-parts.ts';
import { createStore, type StoreSettings } from '../src/store/index.ts';
import { startDurableServer } from '../test/support/postgres-server.ts';
import { prepareChildren } from './package-under-test.ts';
import { runNode } from './processes.ts';
import { median } from './statistics.ts';

const CYCLES = 300;
const BATCHES = 40;
const BATCH = 50;
const LANES = 16;
const ROUNDS = 3;
const WAITING = 10_000;
const WORKED = 150;
const LEASE = { worker: 'bench', leaseMs: 60_000, versions: [1] } as const;

const folder = await mkdtemp(join(tmpdir(), 'ai-image-bench-'));
const server = await startDurableServer();
try {
  console.log(`Node ${process.version}; medians of ${ROUNDS} rounds`);
  await measureEngine('a file', { directory: join(folder, 'file') }, 200);
  if (server === undefined) print('PostgreSQL', 'its server programs are missing');
  else await measureEngine('PostgreSQL', { directory: join(folder, 'pg'), database: { url: server.url } }, 300, 3_000);
  await measureWorker();
} finally {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
}

function print(what: string, figure: string, goal = ''): void {
  console.log(`${what.padEnd(64)}${figure.padStart(16)}  ${goal}`.trimEnd());
}

function printRate(what: string, perSecond: number, goal?: number): void {
  const verdict = goal === undefined ? '' : `>= ${goal}${perSecond < goal ? '  MISS' : ''}`;
  print(what, `${perSecond.toFixed(0)}/s`, verdict);
}

async function measureEngine(name: string, settings: StoreSettings, goal: number, batchGoal?: number): Promise<void> {
  const store = createStore(settings);
  const queue = createQueue({ store });
  const engine = engineOf(queue);
  try {
    await cycle(engine, 1);
    const alone = await rounds(async () => {
      for (let at = 0; at < CYCLES; at++) await cycle(engine, 1);
      return CYCLES;
    });
    printRate(`${name}: enqueue + claim + complete, one after the other`, alone, goal);
    const together = await rounds(async () => {
      let left = CYCLES;
      const lane = async () => {
        while (left-- > 0) await cycle(engine, 1);
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      return CYCLES;
    });
    printRate(`${name}: the same, ${LANES} at once`, together, goal);
    const inBatches = await rounds(async () => {
      for (let at = 0; at < BATCHES; at++) await cycle(engine, BATCH);
      return BATCHES * BATCH;
    });
    printRate(`${name}: the same, in batches of ${BATCH}`, inBatches, batchGoal);
  } finally {
    await queue.close();
    await store.close();
  }
}

async function cycle(engine: QueueEngine, count: number): Promise<void> {
  await engine.add(Array.from({ length: count }, newWork));
  for (let left = count; left > 0; ) {
    // Less than asked for: other claims hold the locks of the next pieces at this moment.
    const claims = await engine.claim({ ...LEASE, count: left });
    const written = await Promise.all(claims.map((claim) => engine.complete(claim, { artifacts: [claim.id] })));
    if (written.includes(false)) throw new Error('a claim was lost');
    left -= claims.length;
  }
}

function newWork(): NewWork {
  return {
    id: randomUUID(),
    queue: 'images',
    payload: JSON.stringify({ version: 1, request: { prompt: 'A lighthouse in the fog', size: '1024x1024' } }),
    version: 1,
    priority: 0,
    runAtMs: Date.now(),
  };
}

/** @param work returns how many pieces of work it did @returns the median rate per second */
async function rounds(work: () => Promise<number>): Promise<number> {
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    const count = await work();
    rates.push((count * 1_000) / (performance.now() - startedAt));
  }
  return median(rates);
}

/** Medians for one piece of work. */
interface Worked {
  /** Of `manager.generate` alone. */
  readonly ms: number;
  readonly cpuMs: number;
  /** What the worker needs beside it. */
  readonly addedMs: number;
  readonly addedCpuMs: number;
  readonly heapMb: number;
  readonly peakMb: number;
}

async function measureWorker(): Promise<void> {
  const child = join(await prepareChildren(), 'run-worker.mjs');
  const runs: Worked[] = [];
  for (const waiting of [2 * WORKED, WAITING]) {
    const directory = join(folder, `worker-${waiting}`);
    const store = createStore({ directory });
    const queue = createQueue({ store });
    for (let start = 0; start < waiting; start += 500) {
      const request = { prompt: 'A lighthouse in the fog', size: '64x64' };
      await queue.enqueueAll(Array.from({ length: Math.min(500, waiting - start) }, () => ({ request })));
    }
    await queue.close();
    await store.close();
    const output = await runNode(child, { nodeFlags: ['--expose-gc'], args: [directory, String(WORKED)] });
    const run = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Worked;
    runs.push(run);
    const { ms, cpuMs, addedMs, addedCpuMs } = run;
    const verdict = `<= 5${addedMs > 5 ? '  MISS' : ''}`;
    print(`a file, ${waiting} waiting: manager.generate alone`, `${ms.toFixed(1)} ms`);
    print(`a file, ${waiting} waiting: what the worker adds`, `${addedMs.toFixed(1)} ms`, verdict);
    print(`a file, ${waiting} waiting: in processor time`, `${cpuMs.toFixed(1)} + ${addedCpuMs.toFixed(1)} ms`);
    print(
      `a file, ${waiting} waiting: heap afterwards; peak memory`,
      `${run.heapMb.toFixed(0)}; ${run.peakMb.toFixed(0)} MB`,
    );
  }
  const [few, many] = runs;
  if (few && many)
    print('memory with 10,000 waiting, compared with few', `${(many.peakMb / few.peakMb).toFixed(2)}`, 'flat (Q12)');
}
