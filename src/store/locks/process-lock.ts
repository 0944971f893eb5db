/** Tells which processes use a store. Each holds a lock file, so that others can finish what a dead process left behind. */
import { randomBytes } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, createPrivateFile, type FileOperations, remove } from '../files/files.ts';
import { tryLockFile } from '../sql/sqlite.ts';

export interface ProcessLock {
  /** Identifies this opened store. */
  readonly owner: string;
  readonly isAlive: (owner: string) => Promise<boolean>;
  /** Checks whether another process uses the store. */
  readonly isShared: () => Promise<boolean>;
  /** Takes the lock of a dead process, so that no other process recovers it too. @returns releases it; `undefined` when another process holds it */
  readonly adopt: (owner: string) => Promise<(() => Promise<void>) | undefined>;
  readonly release: () => Promise<void>;
}

const EXTENSION = '.lock';

/** @param directory an existing directory for the lock files */
export async function acquireProcessLock(files: FileOperations, directory: string): Promise<ProcessLock> {
  const pathOf = (owner: string) => join(directory, `${owner}${EXTENSION}`);
  const { owner, release } = await createLock(files, pathOf);
  const isAlive = async (other: string) => other === owner || (await isHeld(pathOf(other)));
  const others = async () =>
    (await files.readdir(directory))
      .filter((name) => name.endsWith(EXTENSION))
      .map((name) => name.slice(0, -EXTENSION.length))
      .filter((other) => other !== owner);
  for (const other of await others()) await removeIfDead(files, pathOf(other));
  return {
    owner,
    isAlive,
    async isShared() {
      for (const other of await others()) if (await isAlive(other)) return true;
      return false;
    },
    async adopt(other) {
      const path = pathOf(other);
      await createPrivateFile(files, path);
      const unlock = await tryLockFile(path);
      if (unlock && !isGone(path)) {
        return async () => {
          unlock();
          await remove(files, path).catch(() => undefined); // an unlocked file has no effect
        };
      }
      unlock?.();
      return undefined;
    },
    async release() {
      release();
      await remove(files, pathOf(owner)).catch(() => undefined); // an unlocked file has no effect
    },
  };
}

const MAX_ATTEMPTS = 20;

/** Retries, because another process may delete the file between its creation and its lock, as if its process were dead. */
async function createLock(
  files: FileOperations,
  pathOf: (owner: string) => string,
): Promise<{ readonly owner: string; readonly release: () => void }> {
  for (let attempt = 1; ; attempt++) {
    const owner = randomBytes(8).toString('hex');
    await createPrivateFile(files, pathOf(owner));
    const release = await tryLockFile(pathOf(owner));
    if (release && !isGone(pathOf(owner))) return { owner, release };
    release?.();
    if (attempt === MAX_ATTEMPTS) throw new Error(`cannot lock ${pathOf(owner)}`);
  }
}

/** Deletes the file while holding its lock, so that no process can start to use it in between. */
async function removeIfDead(files: FileOperations, path: string): Promise<void> {
  const release = await tryLockFile(path);
  if (release === undefined) return;
  // Windows cannot delete an open file; there an empty file stays.
  await files.unlink(path).catch(() => undefined);
  release();
}

const MAX_CHECKS = 3;

/** In doubt, returns true. Checks more than once, because another process that also checks holds the lock for a moment. */
async function isHeld(path: string): Promise<boolean> {
  for (let check = 1; check <= MAX_CHECKS; check++) {
    if (isGone(path)) return false;
    const release = await tryLockFile(path);
    release?.();
    if (release) return false;
    if (check < MAX_CHECKS) await new Promise((resolve) => setTimeout(resolve, check * 3));
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
