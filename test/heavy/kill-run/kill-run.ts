/** Runs a queue whose workers are killed at any moment, and compares what it says with what the vendor counted. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createQueue, type QueuedWork, type WorkerEvent } from '../../../src/queue/index.ts';
import { engineOf } from '../../../src/queue/queue-parts.ts';
import { createStore, type Store } from '../../../src/store/index.ts';
import { schemaOf } from '../../store/databases.ts';
import { bundle, linesOf } from '../../store/processes.ts';
import { type CountingVendor, imageOf, openCountingVendor } from './counting-vendor.ts';
import { databaseOfRun, PRICE_USD } from './settings.ts';

export interface KillRun {
  /** A vendor with jobs, or one that answers a request with its image. */
  readonly kind: 'jobs' | 'direct';
  /** An empty folder. */
  readonly folder: string;
  /** The database of the queue; `undefined`: the store's directory. */
  readonly databaseUrl?: string | undefined;
  readonly works: number;
  readonly workers: number;
  /** Pieces of work that a worker runs at the same time. */
  readonly concurrency: number;
  /** How long workers are killed, one each second. */
  readonly killMs: number;
}

export interface KillFigures {
  readonly wallMs: number;
  readonly kills: number;
  /** Kills while the worker had work. */
  readonly killsAtWork: number;
  /** How often a worker took a piece of work. */
  readonly claims: number;
  /** Leases that ended because their worker was killed. */
  readonly expirations: number;
  readonly states: Readonly<Record<string, number>>;
  /** Requests that the vendor billed. */
  readonly billed: number;
  /** What the ledger says was spent, in images. */
  readonly inLedger: number;
  /** Calls of unknown outcome whose request never reached the vendor. The ledger counts them, because no process can know. */
  readonly unsent: number;
}

/** Finds a promise that was broken, in words. */
export interface KillResult {
  readonly figures: KillFigures;
  readonly problems: readonly string[];
}

/** When the killing is over, the queue must be empty after this time at the latest. */
const DRAIN_MS = 240_000;
const KILL_EVERY_MS = 1_000;
const MIN_DELAY_MS = 500;
const MAX_DELAY_MS = 1_500;

const promptOf = (at: number) => `lighthouse ${at}`;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export async function runKills(run: KillRun): Promise<KillResult> {
  await using vendor = await openCountingVendor(() => randomInt(MIN_DELAY_MS, MAX_DELAY_MS));
  const directory = join(run.folder, 'images');
  const store = createStore({ directory, marks: 'none', ...databaseOfRun(run.databaseUrl, schemaOf(run.folder)) });
  const queue = createQueue({ store });
  const requests = Array.from({ length: run.works }, (_, at) => ({ request: { prompt: promptOf(at) } }));
  await queue.enqueueAll(requests);
  const pool = await startWorkers(run, directory, vendor.origin);
  try {
    const startedAt = performance.now();
    const hasEnded = async () => (await queue.counts()).every(({ states }) => states.waiting + states.active === 0);
    while (performance.now() - startedAt < run.killMs && !(await hasEnded())) {
      await pause(KILL_EVERY_MS);
      await pool.killOne();
    }
    const killedUntil = performance.now();
    while (!(await hasEnded()) && performance.now() - killedUntil < DRAIN_MS) await pause(250);
    const wallMs = performance.now() - startedAt;
    await pool.stop();
    const works = await queue.list({ limit: run.works + 1 });
    const { figures, problems } = await compare(store, works, vendor.bills, run.works);
    const stored = await engineOf(queue).list({ limit: run.works + 1 });
    const expirations = stored.reduce((sum, work) => sum + work.expirations, 0);
    const { kills, killsAtWork } = pool;
    return {
      figures: { wallMs, kills: kills(), killsAtWork: killsAtWork(), expirations, ...figures },
      problems: [...problems, ...pool.problems()],
    };
  } finally {
    await pool.stop();
    await queue.close();
    await store.close();
  }
}

interface RunningWorker {
  readonly child: ChildProcess;
  readonly closed: Promise<NodeJS.Signals | number | null>;
  readonly events: () => readonly WorkerEvent[];
}

/** Starts the workers. A worker that is killed is replaced at once. */
async function startWorkers(
  { kind, concurrency, databaseUrl, workers, folder }: KillRun,
  directory: string,
  origin: string,
) {
  const built = join(folder, 'built');
  await bundle([fileURLToPath(new URL('work.ts', import.meta.url))], built);
  const env = {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
    DIRECTORY: directory,
    ORIGIN: origin,
    KIND: kind,
    CONCURRENCY: String(concurrency),
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl, SCHEMA: schemaOf(folder) }),
  };
  const problems: string[] = [];
  const running = new Set<RunningWorker>();
  let kills = 0;
  let killsAtWork = 0;

  function start(): void {
    const args = ['--disable-warning=ExperimentalWarning', join(built, 'work.mjs')];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [output, errors] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const closed = new Promise<NodeJS.Signals | number | null>((done) =>
      child.on('close', (code, signal) => {
        running.delete(worker);
        if (signal !== 'SIGKILL' && code !== 0) problems.push(`a worker ended by itself (${code}): ${errors}`);
        done(signal ?? code);
      }),
    );
    const worker = { child, closed, events: () => linesOf(output).map((line) => JSON.parse(line) as WorkerEvent) };
    running.add(worker);
  }

  for (let at = 0; at < workers; at++) start();
  return {
    kills: () => kills,
    killsAtWork: () => killsAtWork,
    problems: () => problems,
    async killOne() {
      // Half of all workers are starting at any time, and have nothing to lose.
      const atWork = [...running].filter(({ events }) => hasWork(events()));
      const workers = atWork.length > 0 ? atWork : [...running];
      const victim = workers[randomInt(workers.length)];
      if (victim === undefined) return;
      victim.child.kill('SIGKILL');
      await victim.closed;
      kills++;
      if (hasWork(victim.events())) killsAtWork++;
      start();
    },
    async stop() {
      for (const { child } of running) child.kill('SIGTERM');
      await Promise.all(Array.from(running, ({ closed }) => closed));
    },
  };
}

function hasWork(events: readonly WorkerEvent[]): boolean {
  const started = events.filter(({ type }) => type === 'started').length;
  const ended = events.filter(({ type }) => ['done', 'waiting', 'dead', 'unknown', 'cancelled', 'lost'].includes(type));
  return started > ended.length;
}

/** What the queue and the store say, compared with what the vendor counted. */
export async function compare(
  store: Pick<Store, 'open' | 'search' | 'usage'>,
  works: readonly QueuedWork[],
  bills: CountingVendor['bills'],
  expected: number,
): Promise<{
  readonly figures: Omit<KillFigures, 'wallMs' | 'kills' | 'killsAtWork' | 'expirations'>;
  readonly problems: readonly string[];
}> {
  const problems: string[] = [];
  const states: Record<string, number> = {};
  let unsent = 0;
  if (works.length !== expected) problems.push(`${works.length} of ${expected} pieces of work are listed`);
  for (const { id, state, result, request, error } of works) {
    states[state] = (states[state] ?? 0) + 1;
    const prompt = request?.prompt ?? '';
    const billed = bills.get(prompt) ?? 0;
    if (billed > 1) problems.push(`${prompt} was billed ${billed} times and is ${state}`);
    if (state === 'unknown' && billed === 0) unsent++;
    if (state === 'unknown') continue;
    if (state !== 'done') {
      problems.push(`${prompt} is ${state}: ${error?.code} ${error?.message}`);
      continue;
    }
    if (billed !== 1) problems.push(`${prompt} is done and was billed ${billed} times`);
    const [artifact, ...more] = result?.artifacts ?? [];
    const bytes = artifact === undefined ? undefined : await store.open(artifact).catch(() => undefined);
    if (bytes === undefined || sha256(bytes) !== sha256(imageOf(prompt)))
      problems.push(`the image of ${id} is not readable`);
    if (more.length > 0) problems.push(`${id} has ${more.length} further images`);
  }
  const images = await store.search({ limit: 10 * expected });
  const prompts = new Set(images.map(({ prompt }) => prompt));
  if (prompts.size !== images.length) problems.push(`${images.length - prompts.size} images are stored twice`);
  const usage = await store.usage();
  const inLedger = Math.round(usage.reduce((sum, { usd }) => sum + usd, 0) / PRICE_USD);
  const billed = [...bills.values()].reduce((sum, count) => sum + count, 0);
  if (inLedger !== billed + unsent) {
    problems.push(
      `the ledger has ${inLedger} images, and the vendor billed ${billed}, with ${unsent} that were never sent`,
    );
  }
  const claims = works.reduce((sum, { attempt }) => sum + attempt, 0);
  return { figures: { claims, states, billed, inLedger, unsent }, problems };
}
