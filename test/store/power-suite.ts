/** A02: the power fails at any moment of a save, a change or a deletion. Runs at two sizes. */
import { randomInt } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { FileOperations } from '../../src/store/files/files.ts';
import { createStore } from '../../src/store/index.ts';
import { createDisk, type Disk } from './power.ts';
import { saved } from './sample-images.ts';
import { useFolder } from './support.ts';
import { bytesOf } from './works.ts';

const folder = useFolder();
const IDS = ['fox-00001', 'fox-00002', 'fox-00003'] as const;

/** Uses a store on such a disk. @returns the change after which each operation was acknowledged */
async function work(disk: Disk, files: FileOperations) {
  const store = createStore({ directory: join(folder(), 'pictures'), files, marks: 'none', naming: '{id}' });
  const acknowledged: (readonly [what: string, change: number])[] = [];
  const say = (what: string) => acknowledged.push([what, disk.count()]);
  for (const id of IDS) {
    await saved(store, { id, bytes: bytesOf(id) });
    say(`saved ${id}`);
  }
  await store.tag(IDS[1], ['x']);
  say('tagged');
  const begun = disk.count();
  await store.delete(IDS[0]);
  say('deleted');
  await store.close();
  return { acknowledged, begun };
}

/** Chooses which names and bytes survive. */
interface Luck {
  readonly title: string;
  readonly chance: () => number;
}

/** Keeps every second name, the other names, or random ones. */
function lucks(): readonly Luck[] {
  const inTurn = (first: number): (() => number) => {
    let turn = first;
    return () => (turn++ % 2 === 0 ? 0.1 : 0.9);
  };
  const seed = randomInt(1, 2 ** 31);
  let state = seed;
  const any = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  return [
    { title: 'one of two', chance: inTurn(0) },
    { title: 'the other of two', chance: inTurn(1) },
    { title: `seed ${seed}`, chance: any },
  ];
}

/** Returns every fault after a power failure at one moment. */
async function problemsAt(
  disk: Disk,
  change: number,
  { acknowledged, begun }: Awaited<ReturnType<typeof work>>,
  { title, chance }: Luck,
): Promise<readonly string[]> {
  const target = join(folder(), 'left');
  await disk.loseAt(change, target, chance);
  const store = createStore({ directory: target, marks: 'none' });
  const problems: string[] = [];
  try {
    const { findings } = await store.verify();
    problems.push(...findings.map(({ kind, path }) => `${kind} ${path}`));
    const found = (await store.search()).map(({ id }) => id);
    const has = (what: string) => acknowledged.some(([each, at]) => each === what && at <= change);
    for (const id of IDS) {
      const mayBeGone = id === IDS[0] && change > begun;
      if (has(`saved ${id}`) && !found.includes(id) && !mayBeGone) problems.push(`${id} is lost`);
      if (!found.includes(id)) continue;
      const bytes = await store.open(id).catch(() => undefined);
      if (bytes === undefined || !Buffer.from(bytes).equals(bytesOf(id))) problems.push(`${id} is not what it was`);
    }
    if (has('tagged') && (await store.search({ tag: 'x' })).length !== 1) problems.push('the tag is lost');
    if (has('deleted') && found.includes(IDS[0])) problems.push('what was deleted is there again');
  } catch (error) {
    problems.push(String(error));
  } finally {
    await store.close();
    await rm(target, { recursive: true, force: true });
  }
  return problems.map((each) => `after ${change} changes (${title}): ${each}`);
}

async function onDisk(spoil: (files: FileOperations) => FileOperations) {
  const root = join(folder(), 'pictures');
  await mkdir(root);
  const disk = createDisk(root);
  return { disk, done: await work(disk, spoil(disk.files)) };
}

/**
 * Declares the tests.
 * @param draws how often what survives is drawn for each moment: once, in one of three ways in turn, or in all three ways
 */
export function testPowerFailures(draws: 1 | 3): void {
  it('A02: the store keeps everything acknowledged, and leaves nothing incomplete', async () => {
    const { disk, done } = await onDisk((files) => files);
    expect(disk.count()).toBeGreaterThan(60);
    const problems: string[] = [];
    for (let change = 1; change <= disk.count(); change++) {
      const drawn = lucks().filter((_, at) => draws === 3 || at === change % 3);
      for (const luck of drawn) problems.push(...(await problemsAt(disk, change, done, luck)));
    }
    expect(problems).toEqual([]);
  }, 120_000);

  it('A02: the check finds files that are not synced', async () => {
    const { disk, done } = await onDisk((files) => ({
      ...files,
      async open(...args) {
        const handle = await files.open(...args);
        const skip = async () => undefined;
        return new Proxy(handle, { get: (target, key) => (key === 'sync' ? skip : Reflect.get(target, key)) });
      },
    }));
    const problems = [];
    for (const luck of lucks()) problems.push(...(await problemsAt(disk, disk.count(), done, luck)));
    expect(problems.length).toBeGreaterThan(0);
  }, 60_000);
}
