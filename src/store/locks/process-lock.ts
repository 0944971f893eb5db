/** Which processes that work with a store are alive: what a dead one left behind is anybody's to mend. */
import { randomBytes } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, type FileOperations, makePrivate, remove } from '../files/files.ts';
import { takeLock } from '../sql/sqlite.ts';

export interface ProcessLock {
  /** Names this opening of the store. */
  readonly token: string;
  readonly isAlive: (token: string) => Promise<boolean>;
  /** Whether anybody else works with the store. */
  readonly isShared: () => Promise<boolean>;
  /** Takes a dead one's place, so that nobody else mends what it left. @returns leaves it again; `undefined` where another one is there */
  readonly adopt: (token: string) => Promise<(() => Promise<void>) | undefined>;
  readonly leave: () => Promise<void>;
}

const ENDING = '.lock';

/** @param directory for the locks; it exists */
export async function acquireProcessLock(files: FileOperations, directory: string): Promise<ProcessLock> {
  const pathOf = (each: string) => join(directory, `${each}${ENDING}`);
  const { token, release } = await lockOne(files, pathOf);
  const isAlive = async (other: string) => other === token || (await isHeld(pathOf(other)));
  const others = async () =>
    (await files.readdir(directory))
      .filter((name) => name.endsWith(ENDING))
      .map((name) => name.slice(0, -ENDING.length))
      .filter((other) => other !== token);
  for (const other of await others()) await forgetDead(files, pathOf(other));
  return {
    token,
    isAlive,
    async isShared() {
      for (const other of await others()) if (await isAlive(other)) return true;
      return false;
    },
    async adopt(other) {
      const path = pathOf(other);
      await makePrivate(files, path);
      const letGo = await takeLock(path);
      if (letGo && !isGone(path)) {
        return async () => {
          letGo();
          await remove(files, path).catch(() => undefined); // it says nothing any more
        };
      }
      letGo?.();
      return undefined;
    },
    async leave() {
      release();
      await remove(files, pathOf(token)).catch(() => undefined); // it says nothing any more
    },
  };
}

/** A file is there a moment before it is locked, and may be taken for that of a dead process until then. */
async function lockOne(
  files: FileOperations,
  pathOf: (token: string) => string,
): Promise<{ readonly token: string; readonly release: () => void }> {
  for (let attempt = 1; ; attempt++) {
    const token = randomBytes(8).toString('hex');
    await makePrivate(files, pathOf(token));
    const release = await takeLock(pathOf(token));
    if (release && !isGone(pathOf(token))) return { token, release };
    release?.();
    if (attempt === ATTEMPTS) throw new Error(`${pathOf(token)} cannot be locked`);
  }
}

const ATTEMPTS = 20;

/** While it is locked nobody can take it for his own. */
async function forgetDead(files: FileOperations, path: string): Promise<void> {
  const release = await takeLock(path);
  if (release === undefined) return;
  // Windows removes no file that is open: there it stays, and is empty.
  await files.unlink(path).catch(() => undefined);
  release();
}

const LOOKS = 3;

/** In doubt it lives. Somebody who only looks, like us, is gone in a moment. */
async function isHeld(path: string): Promise<boolean> {
  for (let look = 1; look <= LOOKS; look++) {
    if (isGone(path)) return false;
    const release = await takeLock(path);
    release?.();
    if (release) return false;
    if (look < LOOKS) await new Promise((resolve) => setTimeout(resolve, look * 3));
  }
  return true;
}

function isGone(path: string): boolean {
  try {
    lstatSync(path);
    return false;
  } catch (error) {
    return codeOf(error) === 'ENOENT';
  }
}
