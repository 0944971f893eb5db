/**
 * What a store of 100,000 pictures costs: making its catalog again, and listing it in a fresh process, the first page and all of it.
 * `npm run bench:store`. The pictures are small: their bytes are not looked at. Medians; the time counts from the opening of the store.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StubProvider } from '../src/index.ts';
import { createStore } from '../src/store/index.ts';
import { prepareChildren } from './package-under-test.ts';
import { runNode } from './processes.ts';
import { median } from './statistics.ts';

const PICTURES = 100_000;
const ROUNDS = 7;
const GOAL_MS = 2_000;
const GOAL_MB = 200;
const DAYS = 28;
const AT_ONCE = 64;

const directory = await mkdtemp(join(tmpdir(), 'ai-image-bench-'));
try {
  await fill();
  const store = createStore({ directory });
  const startedAt = performance.now();
  const { artifacts } = await store.reindex();
  const rebuiltMs = performance.now() - startedAt;
  await store.close();
  console.log(
    `Node ${process.version}, ${artifacts} pictures; the catalog made again in ${(rebuiltMs / 1000).toFixed(1)} s`,
  );
  const children = await prepareChildren();
  for (const limit of [100, PICTURES]) await measure(join(children, 'list-store.mjs'), limit);
} finally {
  await rm(directory, { recursive: true, force: true });
}

/** One picture through the store, and all others as its copies: another id, another time, another prompt. */
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
    const own = { id: `lighthouse-${number}`, file, createdAt, promptUsed: `A lighthouse in the fog, take ${number}` };
    await writeFile(join(folder, file), '');
    await writeFile(join(folder, file.replace('.png', '.json')), JSON.stringify({ ...sidecar, ...own }, null, 2));
  };
  for (let number = 1; number < PICTURES; number += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, PICTURES - number) }, (_, at) => number + at);
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
