/** Vitest's global setup: a folder for files that outlive a single test. When the run ends, it is removed, and the shared server is stopped. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names the folder to the workers. */
export const TEMPORARY_ROOT = 'AI_IMAGE_TEST_ROOT';

export default function setup(): () => Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'ai-image-test-'));
  process.env[TEMPORARY_ROOT] = root;
  return async () => {
    const { stopServer } = await import('./postgres-server.ts');
    await stopServer(root);
    rmSync(root, { recursive: true, force: true });
  };
}
