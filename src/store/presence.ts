/** Which processes that work with a store are alive: what a dead one left behind is anybody's to mend. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { holdLock, isLocked } from './sqlite.ts';

export interface Presence {
  /** Names this opening of the store. */
  readonly token: string;
  readonly isAlive: (token: string) => Promise<boolean>;
  readonly leave: () => Promise<void>;
}

const ENDING = '.lock';

/** @param directory for the locks; it exists */
export async function enter(directory: string): Promise<Presence> {
  const token = randomBytes(8).toString('hex');
  const pathOf = (each: string) => join(directory, `${each}${ENDING}`);
  const release = await holdLock(pathOf(token));
  const isAlive = async (other: string) =>
    other === token || (existsSync(pathOf(other)) && (await isLocked(pathOf(other))));
  for (const name of await readdir(directory)) {
    const other = name.slice(0, -ENDING.length);
    if (name.endsWith(ENDING) && !(await isAlive(other))) await unlink(pathOf(other)).catch(() => undefined);
  }
  return {
    token,
    isAlive,
    async leave() {
      release();
      await unlink(pathOf(token)).catch(() => undefined);
    },
  };
}
