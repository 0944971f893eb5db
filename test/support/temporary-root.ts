/** Vitest's global setup: a folder for files that outlive a single test, removed when the run ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names the folder to the workers. */
export const TEMPORARY_ROOT = 'AI_IMAGE_TEST_ROOT';

export default function setup(): () => void {
  const root = mkdtempSync(join(tmpdir(), 'ai-image-test-'));
  process.env[TEMPORARY_ROOT] = root;
  return () => rmSync(root, { recursive: true, force: true });
}
