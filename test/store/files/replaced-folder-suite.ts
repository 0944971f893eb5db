/** F08: a folder of the store is replaced by a link at any moment. Runs at two sizes. */
import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { useStores } from '../open-stores.ts';
import { saved } from '../sample-images.ts';
import { watchedFiles } from '../watched-files.ts';

/** Replaces the store's folder by a link to a folder outside, and restores it. */
export function swapper(root: string, outside: string) {
  const [inside, aside] = [join(root, '2026'), join(root, 'aside')];
  mkdirSync(outside, { recursive: true });
  let rounds = 0;
  return {
    outside,
    rounds: () => rounds,
    swap() {
      try {
        renameSync(inside, aside);
        symlinkSync(outside, inside);
        rounds++;
      } catch {
        // The folder does not exist yet, or the store created it again.
      }
    },
    back() {
      try {
        if (lstatSync(inside).isSymbolicLink()) unlinkSync(inside);
        if (existsSync(inside)) rmSync(aside, { recursive: true });
        else renameSync(aside, inside);
      } catch {
        // There is nothing to restore.
      }
    },
  };
}

export interface AttackSize {
  /** The folder is replaced at every so many file operations. */
  readonly step: number;
  /** How often it is replaced while the store saves images. */
  readonly rounds: number;
}

/** Declares the tests. @param stores those of the test file */
export function testReplacedFolders(
  { folder, open }: ReturnType<typeof useStores>,
  { step, rounds }: AttackSize,
): void {
  it(`redirects no file, at ${step === 1 ? 'any operation' : `every ${step}th operation`} of a save, a change or a deletion`, async () => {
    for (let at = 0, isOver = false; !isOver; at += step) {
      const root = join(folder(), `store-${at}`);
      let count = -1;
      let swap: () => void = () => undefined;
      const files = watchedFiles(() => {
        if (count >= 0 && count++ === at) swap();
      });
      const store = open({ directory: root, partition: 'YYYY', files });
      const { id } = await saved(store);
      const attack = swapper(root, join(folder(), 'outside'));
      swap = attack.swap;
      count = 0;
      await saved(store).catch(() => undefined);
      await store.tag(id, ['x']).catch(() => undefined);
      await store.delete(id).catch(() => undefined);
      isOver = attack.rounds() === 0;
      expect(await readdir(attack.outside)).toEqual([]);
      await store.close();
    }
  });

  it(`redirects no file in ${rounds} rounds of a race`, async () => {
    const store = open({ partition: 'YYYY' });
    await saved(store);
    const attack = swapper(store.directory, join(folder(), 'outside'));
    let isOver = false;
    const race = (async () => {
      while (!isOver) {
        attack.swap();
        await new Promise((resolve) => setImmediate(resolve));
        attack.back();
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    let landed = 0;
    while (attack.rounds() < rounds) {
      const all = await Promise.allSettled(Array.from({ length: 4 }, () => saved(store)));
      landed += all.filter(({ status }) => status === 'fulfilled').length;
    }
    isOver = true;
    await race;
    expect(await readdir(attack.outside)).toEqual([]);
    expect(landed).toBeGreaterThan(0);
  });
}
