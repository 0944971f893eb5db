/**
 * Cost of a store with 100,000 images: rebuilding its index, and listing the first page and all images in a new process.
 * Run `npm run bench:store`. The images are small, because their bytes are not read. Medians; the time starts with opening the store.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StubProvider } from '../src/index.ts';
import { createStore } from '../src/store/index.ts';
import { prepareChildren } from './package-under-test.ts';
import { runNode } from './processes.ts';
import { median } from './statistics.ts';

const IMAGE_COUNT = 100_000;
const ROUNDS = 7;
const GOAL_MS = 2_000;
const GOAL_MB = 200;
const DAYS = 28;
const CONCURRENT_WRITES = 64;

const directory = await mkdtemp(join(tmpdir(), 'ai-image-bench-'));
try {
  await fill();
  const store = createStore({ directory });
  const startedAt = performance.now();
  const { artifacts } = await store.reindex();
  const rebuiltMs = performance.now() - startedAt;
  await store.close();
  console.log(`Node ${process.version}, ${artifacts} images; index rebuilt in ${(rebuiltMs / 1000).toFixed(1)} s`);
  const children = await prepareChildren();
  for (const limit of [100, IMAGE_COUNT]) await measure(join(children, 'list-store.mjs'), limit);
} finally {
  await rm(directory, { recursive: true, force: true });
}

/** Saves one image in the store and copies it: each copy has another id, time and prompt. */
async function fill(): Promise<void> {
  const store = createStore({ directory, marks: 'none', partition: 'none', naming: 'first' });
  const generation = await new StubProvider().generate({ prompt: 'A lighthouse in the fog', size: '64x64' });
  const circumstances = { provider: 'stub', request: { prompt: 'A lighthouse in the fog' }, parents: [] };
  const [{ path } = { path: '' }] = await store.save(generation, { ...circumstances, applied: generation.applied });
  await store.close();
  const sidecar = JSON.parse(await readFile(path.replace('.png', '.json'), 'utf8')) as Readonly<
    Record<string, unknown>
  >;
  for (let day = 1; day <= DAYS; day++) await mkdir(join(directory, `day-${day}`));
  const write = async (number: number) => {
    const file = `lighthouse-${number}.png`;
    const folder = join(directory, `day-${1 + (number % DAYS)}`);
    const createdAt = new Date(Date.UTC(2026, 0, 1) + number * 60_000).toISOString();
    const copy = { id: `lighthouse-${number}`, file, createdAt, promptUsed: `A lighthouse in the fog, take ${number}` };
    await writeFile(join(folder, file), '');
    await writeFile(join(folder, file.replace('.png', '.json')), JSON.stringify({ ...sidecar, ...copy }, null, 2));
  };
  for (let number = 1; number < IMAGE_COUNT; number += CONCURRENT_WRITES) {
    const numbers = Array.from({ length: Math.min(CONCURRENT_WRITES, IMAGE_COUNT - number) }, (_, at) => number + at);
    await Promise.all(numbers.map(write));
  }
}

async function measure(child: string, limit: number): Promise<void> {
  const rounds: {
    readonly found: number;
    readonly listedMs: number;
    readonly cpuMs: number;
    readonly peakMb: number;
  }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push(JSON.parse(await runNode(child, { args: [directory, String(limit)] })));
  }
  const [listedMs, peakMb] = [median(rounds.map((each) => each.listedMs)), median(rounds.map((each) => each.peakMb))];
  const cpuMs = median(rounds.map((each) => each.cpuMs));
  const isReached = listedMs <= GOAL_MS && peakMb <= GOAL_MB;
  console.log(
    `${rounds[0]?.found} listed in ${listedMs.toFixed(0)} ms (<= ${GOAL_MS}), CPU of the process ${cpuMs.toFixed(0)} ms, peak ${peakMb.toFixed(0)} MB (<= ${GOAL_MB})${isReached ? '' : '  MISS'}`,
  );
}
