/** Vitest's global setup: the folder for all temporary files. When the run ends, it is removed, and the shared server is stopped. */
import { accessSync, chmodSync, constants, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names the folder to the workers. */
export const TEMPORARY_ROOT = 'AI_IMAGE_TEST_ROOT';

/** @returns the environment of a program that a test starts many times: Node keeps its compiled code until the run ends */
export const withCompileCache = () => ({
  NODE_COMPILE_CACHE: join(process.env[TEMPORARY_ROOT] ?? tmpdir(), 'compile-cache'),
});

export default function setup(): () => Promise<void> {
  const root = mkdtempSync(join(temporaryFolder(), 'ai-image-test-'));
  // PostgreSQL, which refuses to run as root, runs as another user and has its files below.
  chmodSync(root, 0o711);
  process.env[TEMPORARY_ROOT] = root;
  // Every worker and every process that inherits its environment creates its folders here.
  process.env.TMPDIR = root;
  return async () => {
    const { stopServer } = await import('./postgres-server.ts');
    await stopServer(root);
    // A process that was killed may still be writing.
    rmSync(root, { recursive: true, force: true, maxRetries: 10 });
  };
}

/** A file system in memory, which Linux has. */
const IN_MEMORY = '/dev/shm';
/** Containers often limit it to 64 MB. */
const MIN_FREE_BYTES = 2 * 1024 ** 3;

/**
 * Most tests of the store wait for the disk, because the store syncs what it writes. Kept in memory, the same files take half the time.
 * `TMPDIR` overrides the choice.
 */
function temporaryFolder(): string {
  if (process.env.TMPDIR !== undefined) return tmpdir();
  try {
    accessSync(IN_MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    if (bavail * bsize >= MIN_FREE_BYTES) return IN_MEMORY;
  } catch {
    // Other systems do not have it.
  }
  return tmpdir();
}
