/** Fakes time for tests of retries: what waits with `setTimeout` waits a tenth as long. Time limits made with `AbortSignal.timeout` stay. */
import { afterEach, beforeEach, vi } from 'vitest';

const FACTOR = 0.1;

/** Shortens the waits of every test of the file. A test that measures a wait calls `vi.unstubAllGlobals()` first. */
export function useShortWaits(): void {
  beforeEach(() => {
    const { setTimeout } = globalThis;
    vi.stubGlobal('setTimeout', (work: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]) =>
      setTimeout(work, delayMs * FACTOR, ...args),
    );
  });
  afterEach(() => void vi.unstubAllGlobals());
}
