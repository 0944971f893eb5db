/**
 * The ledger's promise as one property: at every moment, ledger entries cover everything that the vendor accepted, with its price, and no
 * prompt is accepted twice. Processes generate images and are killed. Then jobs are resumed, and a person settles calls with an unknown
 * outcome.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { createImageManager } from '../../src/index.ts';
import { createStore, type JobRecord } from '../../src/store/index.ts';
import { until } from '../faults/hostile-server.ts';
import { type Child, type Children, linesOf } from '../store/processes.ts';
import { type Course, courses, coverProviders, startCoverVendor } from './cover-vendor.ts';

const PROCESSES = 2;
const SCOPE = 'project all';

export interface CoverSize {
  readonly runs: number;
  /** Prompts of one run. */
  readonly prompts: number;
  readonly seed: number;
  /** Whether the ledger of the processes has a planted fault. */
  readonly isPlanted?: boolean;
}

export interface Covered {
  calls: number;
  kills: number;
  checks: number;
  resumed: number;
  settled: number;
}

/** @throws Error with the seed and what was not covered */
export async function proveCover(
  children: Children,
  { runs, prompts, seed, isPlanted = false }: CoverSize,
): Promise<Covered> {
  const counts: Covered = { calls: 0, kills: 0, checks: 0, resumed: 0, settled: 0 };
  const run = fc.record({
    plan: fc.array(courses, { minLength: prompts, maxLength: prompts }),
    // The number of output lines after which a process is killed. A process with fewer lines is not killed.
    kills: fc.array(fc.integer({ min: 1, max: prompts * 2 }), { minLength: PROCESSES, maxLength: PROCESSES }),
  });
  const property = fc.asyncProperty(run, (drawn) => oneRun(drawn, { children, counts, isPlanted }));
  const { failed, errorInstance, counterexamplePath } = await fc.check(property, {
    seed,
    numRuns: runs,
    endOnFailure: true,
  });
  if (!failed) return counts;
  const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  throw new Error(`FAULT_SEED=${seed}, run ${counterexamplePath}: ${why}`, { cause: errorInstance });
}

interface Drawn {
  readonly plan: readonly Course[];
  readonly kills: readonly number[];
}

interface Around {
  readonly children: Children;
  readonly counts: Covered;
  readonly isPlanted: boolean;
}

async function oneRun({ plan, kills }: Drawn, { children, counts, isPlanted }: Around): Promise<void> {
  const byPrompt = new Map(plan.map((course, at) => [`${course.kind}-${at}`, course]));
  const vendor = await startCoverVendor(byPrompt);
  const folder = await mkdtemp(join(tmpdir(), 'ai-image-cover-'));
  const directory = join(folder, 'images');
  const store = createStore({ directory, marks: 'none' });
  /** Prompts whose price is known: an image arrived, or a person settled the call. */
  const known = new Set<string>();
  const check = async (when: string) => {
    // Reads the amount owed before the ledger: whatever is accepted between the two reads was reserved earlier.
    const owed = vendor.owed(known);
    const taken = await store.ledger.taken(SCOPE);
    counts.checks++;
    if (taken < owed) throw new Error(`${when}: the vendor accepted ${owed} micro-dollars, the ledger has ${taken}`);
    const twice = [...vendor.accepted].filter(([, count]) => count > 1);
    if (twice.length > 0) throw new Error(`${when}: bought twice: ${twice.map(([prompt]) => prompt).join()}`);
  };
  let started: Child[] = [];
  try {
    await store.ledger.taken(SCOPE); // makes the directory before the processes start
    const names = [...byPrompt.keys()];
    const env = { DIRECTORY: directory, ORIGIN: vendor.server.origin, ...(isPlanted && { PLANT: 'release' }) };
    started = Array.from({ length: PROCESSES }, (_, at) =>
      children.start('purchase', {
        ...env,
        PROMPTS: names.filter((_name, index) => index % PROCESSES === at).join(' '),
      }),
    );
    let isOver = false;
    const ends = Promise.all(started.map((child, at) => endOf(child, kills[at] ?? 0))).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await check('while processes buy');
      await new Promise((done) => setTimeout(done, 20));
    }
    counts.kills += (await ends).filter((signal) => signal === 'SIGKILL').length;
    const lines = started.flatMap(({ output }) => linesOf(output()));
    const callOf = new Map(
      lines.filter((line) => line.startsWith('call ')).map((line) => line.split(' ').slice(1) as [string, string]),
    );
    counts.calls += callOf.size;
    for (const line of lines) if (line.startsWith('came ')) known.add(line.slice(5));
    await check('after the processes ended');

    const images = createImageManager({ providers: coverProviders(vendor.server.origin), store });
    for (let round = 1; round <= 2; round++) {
      for (const outcome of await images.resumeAll({ deadlineMs: 700 })) {
        if (!('generation' in outcome)) continue;
        counts.resumed++;
        known.add(outcome.job.handle!.request.prompt); // it was resumed by its handle
      }
      await check('after resumeAll');
    }
    const promptOf = ({ id, handle }: JobRecord) => handle?.request.prompt ?? callOf.get(id);
    for (const [at, record] of (await images.jobs()).entries()) {
      const prompt = promptOf(record);
      if (record.state === 'done' || record.state === 'failed' || prompt === undefined || at % 3 === 0) continue;
      // The person checks the vendor's records, and settles the call accordingly.
      const isCharged = vendor.accepted.has(prompt);
      const { priceMicros } = byPrompt.get(prompt)!; // the plan names all of them
      await images.settle(record.id, isCharged ? { charged: true, usd: priceMicros / 1e6 } : { charged: false });
      counts.settled++;
      if (isCharged) known.add(prompt);
      await check('after a person settled a call');
    }
    const kept = new Set((await store.search({ limit: 100_000 })).map(({ prompt }) => prompt));
    const onRecord = new Set((await images.jobs()).map(promptOf));
    const lost = [...vendor.accepted.keys()].filter((prompt) => !kept.has(prompt) && !onRecord.has(prompt));
    if (lost.length > 0) throw new Error(`neither kept nor on record: ${lost.join()}`);
    await images.close();
  } finally {
    // A check that failed leaves processes that still write into the folder.
    for (const child of started) child.process.kill('SIGKILL');
    await Promise.all(started.map(({ end }) => end));
    await store.close();
    await vendor.server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns the signal that ended the process; `null`: it exited by itself */
async function endOf(child: Child, lines: number): Promise<NodeJS.Signals | null> {
  let isGone = false;
  const end = child.end.finally(() => {
    isGone = true;
  });
  await until(() => isGone || linesOf(child.output()).length >= lines, 60_000);
  if (!isGone) child.process.kill('SIGKILL');
  const { signal, code, errors } = await end;
  if (signal === null && code !== 0) throw new Error(`a process ended with ${code}: ${errors}`);
  return signal;
}
