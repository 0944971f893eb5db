/** A01: a process is killed at each of its operations, and at any moment under load. Then another process opens the store. */
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStore, type Store } from '../../src/store/index.ts';
import { linesOf, useChildren } from '../store/processes.ts';
import { handleOf, saved } from '../store/sample-images.ts';
import { incomingFiles, publicFiles, useFolder } from '../store/support.ts';
import { bytesOf, WORKS, type Work } from '../store/works.ts';

const folder = useFolder();
const children = useChildren();

const openAt = (directory: string) => createStore({ directory, marks: 'none' });
type Env = Readonly<Record<string, string>>;
const KNOWN = ['known-0001', 'known-0002', 'known-0003'];

/** Creates a store with three images, a reservation of 5,000 micro-dollars and a job. */
async function fill(directory: string): Promise<void> {
  const store = openAt(directory);
  for (const id of KNOWN) await saved(store, { id, bytes: bytesOf(id), usd: 0.01 });
  await store.ledger.reserve({ micros: 5_000, provider: 'p', model: 'm', images: 1 }, [{ name: 'day' }]);
  await store.jobs.begin({ id: 'call-1', provider: 'p', model: 'm', reservation: 'r' });
  await store.jobs.submitted('call-1', handleOf('job-1'));
  await store.close();
}

/** Returns a description of every fault in the store. */
async function problemsOf(directory: string, said: readonly string[], work: Work): Promise<readonly string[]> {
  const problems: string[] = [];
  const check = (isRight: boolean, problem: string) => {
    if (!isRight) problems.push(problem);
  };
  const has = (text: string) => said.includes(text);
  const store = openAt(directory);
  try {
    if (work === 'repair') await repairAgain(store, check);
    const found = (await store.search()).map(({ id }) => id);
    const { intact, findings } = await store.verify();
    const names = await publicFiles(directory);
    for (const { kind, path } of findings) problems.push(`${kind}: ${path}`);
    check(names.length === 2 * intact, `${names.length} files for ${intact} pictures`);
    check(found.length === intact && new Set(found).size === intact, `${found.length} of ${intact} are found`);
    check((await incomingFiles(directory)).length === 0, 'something is still under way');
    for (const id of found) {
      const bytes = await store.open(id).catch(() => undefined);
      check(bytes !== undefined && Buffer.from(bytes).equals(bytesOf(id)), `${id} is not what it was`);
    }
    for (const id of KNOWN.filter((each) => !(work === 'delete' && each === KNOWN[0]))) {
      check(found.includes(id), `${id} is lost`);
    }
    for (const id of ['fresh-0001', 'fresh-0002']) check(found.includes(id) || !has(`saved ${id}`), `${id} is lost`);
    check(!(found.includes(KNOWN[0]!) && has(`deleted ${KNOWN[0]}`)), 'what was deleted is there again');
    if (has(`tagged ${KNOWN[0]}`)) check((await store.search({ tag: 'fresh' })).length === 1, 'the tag is lost');
    if (has(`kept ${KNOWN[1]}`)) check((await store.search({ kept: true })).length === 1, 'the choice is lost');
    const aside = said.find((line) => line.startsWith('aside '))?.slice('aside '.length);
    if (aside !== undefined) check(bytesEqual(await readFile(aside), bytesOf('aside')), 'what was put aside is lost');
    await checkMoney(store, has, check);
    // What survived is usable as before.
    await saved(store, { bytes: bytesOf('another') });
  } catch (error) {
    problems.push(String(error));
  } finally {
    await store.close();
  }
  return problems;
}

const bytesEqual = (one: Uint8Array, other: Uint8Array) => Buffer.from(one).equals(other);

type Check = (isRight: boolean, problem: string) => void;

/** A ledger whose repair was interrupted is refused, and can be repaired. */
async function repairAgain(store: Store, check: Check): Promise<void> {
  try {
    await store.ledger.taken('day');
  } catch (error) {
    check((error as { code?: string }).code === 'storage_failed', `the ledger is refused with ${String(error)}`);
    await store.repairLedger();
  }
  const usage = await store.usage();
  const usd = usage.reduce((sum, each) => sum + each.usd, 0);
  check(Math.abs(usd - 0.035) < 1e-9 || Math.abs(usd - 0.005) < 1e-9, `${usd} dollars are on record`);
}

async function checkMoney(store: Store, has: (text: string) => boolean, check: Check): Promise<void> {
  const taken = await store.ledger.taken('day');
  const wanted = 5_000 + (has('settled') ? 3_000 : has('promised') ? 1_000 : 0);
  // Recorded changes that were not yet acknowledged may exist; acknowledged ones must exist.
  check(taken >= wanted && [5_000, 6_000, 8_000].includes(taken), `${taken} micro-dollars are taken, not ${wanted}`);
  const [job, call] = [await store.jobs.find('job-1'), await store.jobs.find('call-2')];
  check(job?.state === 'running' && job.handle?.id === 'job-1' && !job.isHeld, 'the job of before is lost');
  if (has('begun')) check(call !== undefined, 'the call is lost');
  if (call && call.handle === undefined) check(call.state === 'unknown', `a call without an answer is ${call.state}`);
  if (has('submitted')) check(call?.handle?.id === 'job-2', 'the handle is lost');
  if (has('ended')) check(call?.state === 'done', 'the end is lost');
}

describe('A01: a process that is killed', () => {
  let template = '';
  beforeAll(async () => {
    template = join(folder(), '..', `ai-image-template-${process.pid}`);
    await fill(template);
  });
  afterAll(() => rm(template, { recursive: true, force: true }));

  const envOf = (directory: string, work: Work, more: Env = {}) => ({
    DIRECTORY: directory,
    WORK: work,
    KNOWN: KNOWN.join(','),
    ...more,
  });

  async function countOperations(work: Work, more: Env = {}): Promise<readonly string[]> {
    const directory = join(folder(), 'counted');
    await cp(template, directory, { recursive: true });
    const child = children.start('crash', envOf(directory, work, more));
    const { code, errors } = await child.end;
    if (code !== 0) throw new Error(errors);
    expect(await problemsOf(directory, linesOf(child.output()), work)).toEqual([]);
    return JSON.parse(errors) as string[];
  }

  /** @returns the faults found afterwards, and whether the process died */
  async function crash(work: Work, at: number, more: Env = {}) {
    const directory = join(folder(), `${work}-${at}-${Object.keys(more).join()}`);
    await cp(template, directory, { recursive: true });
    const child = children.start('crash', envOf(directory, work, { AT: String(at), ...more }));
    const { signal, errors } = await child.end;
    const problems = await problemsOf(directory, linesOf(child.output()), work);
    await rm(directory, { recursive: true, force: true });
    return { hasDied: signal === 'SIGKILL', problems: problems.map((each) => `${work} at ${at}: ${each}`), errors };
  }

  /** A few at a time. */
  async function crashEach(tasks: readonly (readonly [Work, number, Env?])[]) {
    const outcomes: Awaited<ReturnType<typeof crash>>[] = [];
    const left = [...tasks];
    const work = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) outcomes.push(await crash(...next));
    };
    await Promise.all([work(), work(), work()]);
    return outcomes;
  }

  it.each(WORKS)(
    'at any operation of %s leaves nothing incomplete and loses nothing that was acknowledged',
    async (work) => {
      const operations = await countOperations(work);
      expect(operations.length).toBeGreaterThan(2);
      const halves = operations.filter((each) => each.startsWith('writeFile')).length;
      const outcomes = await crashEach([
        ...operations.map((_, at) => [work, at] as const),
        ...operations.flatMap((each, at) => (each.startsWith('writeFile') ? [[work, at, { HALF: '1' }] as const] : [])),
      ]);
      expect(outcomes.flatMap(({ problems }) => problems)).toEqual([]);
      expect(outcomes.filter(({ hasDied }) => hasDied)).toHaveLength(operations.length + halves);
    },
    60_000,
  );

  it('a process killed in a new directory leaves a usable store', async () => {
    const directory = join(folder(), 'new');
    for (let at = 0; ; at += 3) {
      await rm(directory, { recursive: true, force: true });
      await mkdir(directory);
      const child = children.start('crash', { DIRECTORY: directory, WORK: 'save', AT: String(at) });
      const { signal } = await child.end;
      const store = openAt(directory);
      expect((await store.verify()).findings).toEqual([]);
      expect(await store.ledger.taken('day')).toBe(0);
      const found = (await store.search()).map(({ id }) => id);
      for (const line of linesOf(child.output())) expect(found).toContain(line.slice('saved '.length));
      await store.close();
      if (signal === null) break;
      expect(at).toBeLessThan(300);
    }
  });

  it('the check finds a store that creates a name before its content', async () => {
    const operations = await countOperations('save', { PLANT: 'careless' });
    const tasks = operations.flatMap((each, at) =>
      each === 'write' ? [['save', at, { PLANT: 'careless' }] as const] : [],
    );
    expect(tasks.length).toBeGreaterThan(3);
    const outcomes = await crashEach(tasks);
    expect(outcomes.flatMap(({ problems }) => problems).length).toBeGreaterThan(0);
  });
});
